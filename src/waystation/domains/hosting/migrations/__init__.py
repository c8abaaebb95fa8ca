"""Migrations of hosting."""
