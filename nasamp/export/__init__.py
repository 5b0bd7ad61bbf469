"""Model files for plugins."""
