"""The memory limits of a training step, which the estimate of a job's memory uses too. No torch."""

KEPT_BYTES = 256 * 2**20  # of activations kept for the backward pass; those beyond it are computed again
MICRO_BATCH_SAMPLES = 24_576  # computed at once in PyTorch; at least one whole sequence
