"""Engines that move files between two places; `domains/transfers/ports.py` says what they do."""
