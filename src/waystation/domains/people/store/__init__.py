"""Statements of people."""
