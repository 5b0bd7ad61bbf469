"""nasamp finds the neural model of a guitar amp or pedal that is worth its CPU."""

__version__ = "0.1.0"
