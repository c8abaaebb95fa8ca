"""Previews: what can be shown of a file without the reader's browser running anything of it."""
