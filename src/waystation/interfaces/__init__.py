"""Mouths: our own HTTP, pages for people, and the words of others."""
