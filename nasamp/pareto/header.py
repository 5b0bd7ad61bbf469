"""The introduction of the report: what was analysed, and what its numbers mean."""

from nasamp.pareto.candidates import count_with_front, have_seeds
from nasamp.pareto.front import REFERENCE, Analysis
from nasamp.quantities import of
from nasamp.search.terminal.text import count


def facts(analysis: Analysis) -> list[str]:
    """Return what was analysed and how, as lines of Markdown."""
    names, objectives = analysis.competing["recording"].unique(), analysis.objectives
    labels = [f"{of(name).axis} ({better} is better)" for name, better in zip(objectives, analysis.better, strict=True)]
    lines = [
        f"Phase analysed: `{analysis.phase}`: {count_with_front(analysis.competing)} (non-dominated: no other model is "
        "at least as good in every objective and better in one).",
        f"Objectives: {', '.join(labels)}.",
        f"Cost of a model: {of(analysis.cost).label}.",
        f"Hypervolume of the front: {analysis.hypervolume:.4f} of at most {REFERENCE ** len(objectives):.4f} "
        f"(objectives scaled to 0..1 over the competing models, reference point {REFERENCE} in each; not comparable "
        "with other tables).",
        "Models are selected on the validation part. The test part decides nothing, so its scores are unbiased.",
        "latency_ms is the receptive field: memory, not delay. A causal model's algorithmic latency is 0 samples.",
    ]
    if have_seeds(analysis.competing):
        lines.insert(1, _about_seeds(analysis))
    if analysis.phase != analysis.phases[-1]:
        lines.insert(1, f"No run of the last phase, `{analysis.phases[-1]}`, has finished yet.")
    if len(names) > 1:
        lines.insert(
            1, f"Recordings: {', '.join(names)}. Each has its own front; the hypervolume is the mean over them."
        )
    if len(analysis.scan_only):
        phases = ", ".join(f"`{phase}`" for phase in analysis.scan_only["phase"].unique())
        lines.append(
            f"Scan only: {count(len(analysis.scan_only), 'model')} of {phases}; earlier phases do not compete."
        )
    return lines


def _about_seeds(analysis: Analysis) -> str:
    low, high = analysis.competing["seeds"].min(), analysis.competing["seeds"].max()
    counts = str(high) if low == high else f"{low} to {high}"
    return (
        f"Seeds of each model: {counts}. Numbers are means over the seeds, a spread is the largest value minus the "
        "smallest, and two models are tied where their gap is below the larger of their spreads. Files are those of "
        f"the seed with the best {of(analysis.objectives[0]).label}."
    )
