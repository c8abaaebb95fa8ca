"""Migrations of quotas."""
