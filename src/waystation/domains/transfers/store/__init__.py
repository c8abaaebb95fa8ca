"""Statements of transfers."""
