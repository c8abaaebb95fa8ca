"""Statements of jobs."""
