"""Trees whose files may be on tape only."""
