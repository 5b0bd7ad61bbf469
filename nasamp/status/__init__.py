"""How far a search is, read from its folder while it runs anywhere."""
