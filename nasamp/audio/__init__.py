"""Recordings: the built-in guitar and devices, reading, checking, aligning, splitting."""
