"""How much memory a training step may take: steps keep to it, and the estimate of a job uses it. No torch."""

KEPT_BYTES = 256 * 2**20  # of activations, from the forward to the backward pass; what does not fit is computed again
MICRO_BATCH_SAMPLES = 24_576  # that go through a network at once in PyTorch, or one sequence where that is longer
