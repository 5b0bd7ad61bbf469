"""A search: which points there are, what is done, who goes on."""
