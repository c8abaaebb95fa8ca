"""Files: the spaces of whoever looks, their folders, and what can be done there."""
