"""Tape systems behind the staging subject's TapeBackend port."""
