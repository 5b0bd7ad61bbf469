"""python -m nasamp.render: plays a dry recording through a trained model."""

import sys

from omegaconf import DictConfig

from nasamp.command_line import entry
from nasamp.schema import RenderConfig
from nasamp.schema.checking import check


def render(cfg: DictConfig) -> None:
    """Render as the config says and print the result."""
    config = check(cfg, RenderConfig)
    from nasamp.render.rendering import render  # torch is slow to import

    print(render(config))  # noqa: T201


def main() -> None:
    """Run the render app."""
    sys.exit(entry.run(render, "render", RenderConfig))


if __name__ == "__main__":
    main()
