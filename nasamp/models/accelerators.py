"""Checks which devices PyTorch can use on this machine."""

from collections.abc import Callable

import torch


def problem(accelerator: str) -> str | None:
    """Return why no job can train on an accelerator, as a message for the user; None if it can."""
    has: dict[str, Callable[[], bool]] = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if accelerator not in has or has[accelerator]():
        return None
    what = f"trainer.accelerator={accelerator}: PyTorch {torch.__version__} finds no such device on this machine"
    return f"{what}; type trainer.accelerator=auto, or cpu"
