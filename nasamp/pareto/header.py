"""The first lines of the report: what was analysed, and what its numbers mean."""

from nasamp.pareto.candidates import have_seeds
from nasamp.pareto.front import REFERENCE, Analysis
from nasamp.quantities import of


def facts(analysis: Analysis) -> list[str]:
    """Return what was analysed and how, a sentence or two each."""
    names, objectives = analysis.competing["recording"].unique(), analysis.objectives
    said = [f"{of(name).axis} ({better} is better)" for name, better in zip(objectives, analysis.better, strict=True)]
    noun = "model" if have_seeds(analysis.competing) else "run"
    lines = [
        f"Phase analysed: `{analysis.phase}`; {len(analysis.competing)} {noun}s compete, {len(analysis.front)} are on "
        f"the front (no other {noun} is at least as good in every objective and better in one).",
        f"Objectives: {', '.join(said)}.",
        f"Hypervolume of the front: {analysis.hypervolume:.4f} of at most {REFERENCE ** len(objectives):.4f} "
        f"(objectives scaled to 0..1 over the competing runs, reference point {REFERENCE} in each; comparable only "
        "within this table).",
        "Models are chosen by the validation part; by the test part nothing is, so its numbers are the honest ones.",
        "latency_ms is the receptive field: memory, not delay. A causal model's algorithmic latency is 0 samples.",
    ]
    if have_seeds(analysis.competing):
        lines.insert(1, _about_seeds(analysis))
    if analysis.phase != analysis.phases[-1]:
        lines.insert(1, f"No run of the last phase, `{analysis.phases[-1]}`, has finished yet.")
    if len(names) > 1:
        lines.insert(
            1, f"Recordings: {', '.join(names)}. Each has its own front; the hypervolume is the mean of theirs."
        )
    if len(analysis.scan_only):
        phases = ", ".join(f"`{phase}`" for phase in analysis.scan_only["phase"].unique())
        noun = "model" if have_seeds(analysis.scan_only) else "run"
        lines.append(f"{len(analysis.scan_only)} {noun}s of {phases} are scan-only rows: they do not compete.")
    return lines


def _about_seeds(analysis: Analysis) -> str:
    low, high = analysis.competing["seeds"].min(), analysis.competing["seeds"].max()
    counts = str(high) if low == high else f"{low} to {high}"
    return (
        f"Seeds of each model: {counts}. Its numbers are the means over them, a spread is the largest minus the "
        "smallest, and a gap below the larger spread of two models is a tie. Files are those of the seed with the "
        f"best {of(analysis.objectives[0]).label}."
    )
