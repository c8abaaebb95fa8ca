"""Statements of the dialect's own tables, and nobody else's."""
