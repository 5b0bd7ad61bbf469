"""The names of the checkpoints in a job's folder. No torch, so that a search can ask for them."""

BEST = "best.ckpt"  # of the best validation so far
LAST = "last.ckpt"  # of the last validation: training goes on from it
STABLE = "stable.ckpt"  # of the last validation before the learning rate falls: a later phase starts from it
