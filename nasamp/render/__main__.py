"""python -m nasamp.render: a dry recording played through a trained model."""

import sys

from omegaconf import DictConfig

from nasamp import rim
from nasamp.checking import check
from nasamp.schema import RenderConfig


def render(cfg: DictConfig) -> None:
    """Hydra's task function."""
    config = check(cfg, RenderConfig)
    from nasamp.render.rendering import render  # torch is slow to import

    print(render(config))  # noqa: T201


def main() -> None:
    """Run the render app."""
    sys.exit(rim.run(render, "render", RenderConfig))


if __name__ == "__main__":
    main()
