"""How much of one CPU core a network takes."""
