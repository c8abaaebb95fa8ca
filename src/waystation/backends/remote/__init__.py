"""Other servers that files are copied from and to."""
