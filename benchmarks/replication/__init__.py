"""Figures of files between two sites."""
