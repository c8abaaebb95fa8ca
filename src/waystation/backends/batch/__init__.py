"""Batch systems: what runs jobs."""
