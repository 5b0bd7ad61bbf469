"""Training jobs: their folders, and how launchers run them."""
