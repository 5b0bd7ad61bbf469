"""A recording of the dry guitar played through a trained model."""
