"""Measures how much of one CPU core a network uses."""
