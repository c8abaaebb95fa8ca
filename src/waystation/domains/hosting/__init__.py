"""Spaces, and the files that people and jobs keep in them."""
