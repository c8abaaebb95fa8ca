"""Hands that bring messages: one file a kind."""
