"""Recordings for the benchmarks: each as an option of the group data, so that a search may take several."""

from pathlib import Path


def as_configs(folder: Path, conf: Path) -> str:
    """Write conf/data/NAME.yaml for each FOLDER/NAME with input.flac and output.flac; return the names for data=."""
    (conf / "data").mkdir(parents=True)
    names = sorted(path.parent.name for path in folder.glob("*/input.flac"))
    for name in names:
        paths = [f"{key}: {folder.resolve() / name / key}.flac" for key in ("input", "output")]
        (conf / "data" / f"{name}.yaml").write_text("\n".join(["defaults: [recording]", f"name: {name}", *paths]))
    return ",".join(names)
