"""What was done by whom: sealed, kept, shown."""
