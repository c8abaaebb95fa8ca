"""Versity ScoutAM, by its REST interface."""
