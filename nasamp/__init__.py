"""nasamp finds the neural model of a guitar amp or pedal that is worth its CPU."""
