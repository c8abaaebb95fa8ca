"""Statements of hosting."""
