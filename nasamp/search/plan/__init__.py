"""Turns a command into a checked plan: the points of a search, their settings and phases; writes and starts nothing."""
