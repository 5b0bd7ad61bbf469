"""The status app: the progress of a search, read from its folder, wherever it runs."""
