"""Jobs and their folders, on any launcher."""
