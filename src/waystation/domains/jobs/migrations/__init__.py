"""Migrations of transfers."""
