"""From a command to the points and settings of a search; nothing is written or started."""
