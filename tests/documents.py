"""The commands of every page, example and --help text, and stand-ins for the files that they name.

A page's blocks without a language hold commands, one a line; whatever else stands in a block has a language (text,
yaml, python). Commands in sentences and tables stand between backticks; "..." in one stands for something else.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from nasamp.architecture import stack
from nasamp.command_line import entry
from nasamp.export import nam
from nasamp.models import WaveNet

ROOT = Path(__file__).parents[1]
NODE_MODULES = ROOT / "tests" / "engines" / "node_modules"
APPS = ("nasamp", "nasamp.check", "nasamp.pareto", "nasamp.status", "nasamp.render", "nasamp.benchmark")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_STARTS = (
    "python -m nasamp",
    "python benchmarks/",
    "python docs/",
    "python examples/",
    "make ",
    "wandb ",
    "pip install ",
)
_INLINE = re.compile(r"`((?:{})[^`]*)`".format("|".join(map(re.escape, _STARTS))))
_OWN = re.compile(r"`([\w/]+\.(?:yaml|py))`[^`]*?```(?:yaml|python)\n(.*?)```", re.DOTALL)  # files of a reader's own
_AUDIO = ("dry.wav", "wet.wav", "recorded.wav", "input.wav", "output.wav", "input.flac", "output.flac")
LENGTHS = {"smoke": 2, "smoke_full": 4, "quick": 4, "rung_1": 2, "rung_2": 4, "full": 8}
SPACES = {
    "model.layers": "7",
    "model.channels": "16,24",
    "model.kernel_size": "3",
}  # of the spaces that come with nasamp


@dataclass(frozen=True)
class Text:
    """What holds commands, under the name that a failing test shows."""

    name: str
    content: str

    def commands(self) -> list[str]:
        """Return its commands in order, each on one line."""
        content = self.content.replace("\\\n", " ")
        found: list[tuple[int, str]] = []
        for block in _BLOCK.finditer(content):
            if not block[1]:
                found += [(block.start(), line) for line in block[2].splitlines() if line.strip()]
        plain = _BLOCK.sub(lambda block: " " * len(block[0]), content)
        found += [(match.start(), " ".join(match[1].split())) for match in _INLINE.finditer(plain)]
        return [line for _, line in sorted(found, key=lambda each: each[0]) if "..." not in line]


def texts() -> Iterator[Text]:
    """Return every page and every --help text."""
    for page in PAGES:
        yield Text(page.relative_to(ROOT).as_posix(), page.read_text("utf-8"))
    for app in APPS:
        lines = entry._help(app.rpartition(".")[2].replace("nasamp", "config")).splitlines()
        typed = [re.split(r"\s{3,}", line.strip())[0] for line in lines if line.strip().startswith("python -m")]
        yield Text(f"{app} --help", "\n".join(["```", *typed, "```", *lines]))


def arguments(command: str) -> tuple[str, list[str]]:
    """Return the module and the arguments of ``python -m MODULE ...``."""
    _, _, module, *typed = shlex.split(command, comments=True)
    return module, typed


def own_files(text: Text, folder: Path) -> None:
    """Write the files that a page asks its reader to write, shortened: YAML into my_conf, Python beside it."""
    for name, content in _OWN.findall(text.content):
        path = folder / (name if name.endswith(".py") else f"my_conf/{name.removeprefix('my_conf/')}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"\bsteps: \d+", "steps: 10", content))


def audio(folder: Path, text: Text) -> None:
    """Write 12 s of audio under each name that pages use for a recording, except those that the text itself renders."""
    dry = np.random.default_rng(0).uniform(-0.5, 0.5, 12 * 44_100)
    rendered = {name for line in text.commands() for name in re.findall(r"nasamp\.render .*\boutput=(\S+)", line)}
    for name in sorted({*_AUDIO} - rendered):
        signal = dry if name.startswith(("dry", "input")) else np.roll(np.tanh(2 * dry), 120)  # data.delay=120 fits
        soundfile.write(folder / name, signal, 44_100, "PCM_24")


def network(folder: Path) -> None:
    """Write a small network as amp.nam, which pages take for anybody's."""
    nam.write(folder / "amp.nam", WaveNet(stack(1, 1, 1)), sample_rate=44_100, metadata={})


def stand_in(command: str, folder: Path, search: Path) -> str:
    """Create the results that a command names and that do not exist; return the command with a model for NAME.

    Args:
        search: a small search whose last phase, full, wrote model files.
    """
    job = next(path for path in sorted(search.glob("full/*")) if path.is_dir())
    for place in re.findall(r"results/[\w./-]+", command):
        name, *inside = Path(place).parts[1:]
        if not (folder / "results" / name).exists():
            shutil.copytree(search, folder / "results" / name, symlinks=True)
        if len(inside) == 2 and inside[1] != "NAME" and not (folder / place).exists():
            shutil.copytree(job, folder / place)
    for column in re.findall(r"\bmy_\w+(?=:)", command):  # of a callback that a page mentions
        for result in folder.glob("results/*/*/*/result.json"):
            result.write_text(json.dumps(json.loads(result.read_text("utf-8")) | {column: 1.0}))
    if "engine=nam-wasm" in command and NODE_MODULES.exists():
        (folder / "node_modules").symlink_to(NODE_MODULES)
    if "=amp.nam" in command:
        shutil.copy(next(job.glob("*.nam")), folder / "amp.nam")
    for phase in re.findall(r"results/\w+/\w+/NAME\b", command):
        there = sorted(path.name for path in (folder / phase).parent.glob("*") if path.is_dir())
        command = command.replace("NAME", there[0])
    return command


def shortened(typed: list[str]) -> list[str]:
    """Return the arguments of a training with those that make it short: few steps, few points, 12 s, this process."""
    keys = {argument.partition("=")[0] for argument in typed}
    named = {argument for argument in typed if argument.startswith("search=")}
    added = ["data.seconds=12", "phase.validate_every=2", "benchmark.seconds=0.05", "trainer.accelerator=cpu"]
    if "phase.length.steps" in keys:
        added.append("phase.length.steps=4")
    for phase, steps in LENGTHS.items():
        added += [f"recipe.{phase}.epochs=null", f"recipe.{phase}.steps={steps}"]
    if named & {"search=poc", "search=focused", "search=conservative"}:
        added += [f"{key}={value}" for key, value in SPACES.items() if key not in keys]
    typed = [re.sub(r"^(model\.(?:layers|channels)=\d+,\d+),[\d,]+$", r"\1", argument) for argument in typed]
    return [*typed, *added, *([] if "launcher" in keys else ["launcher=basic"])]
