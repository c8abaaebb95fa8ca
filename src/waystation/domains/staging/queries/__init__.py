"""The read side: statements and the structs that their rows become.

Statements are data, so that the hot lane runs the very same ones on its own pool.
"""
