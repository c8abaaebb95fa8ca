"""Statements of the catalogue."""
