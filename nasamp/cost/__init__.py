"""What an architecture costs where it plays."""
