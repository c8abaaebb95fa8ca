"""Statements of this wire's own tables."""
