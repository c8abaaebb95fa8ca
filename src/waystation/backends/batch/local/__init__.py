"""Runs on this machine, without any batch system."""
