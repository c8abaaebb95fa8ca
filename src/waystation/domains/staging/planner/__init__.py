"""Which tape next, and in what order: pure planning, no database."""
