"""Where bytes of spaces are kept."""
