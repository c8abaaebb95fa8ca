"""The settings of a space: for who manages, owns or administers it."""
