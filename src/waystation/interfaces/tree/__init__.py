"""Whole folders in one request: many files in as a tar, out as tar or zip, or as a list."""
