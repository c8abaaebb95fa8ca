"""Other sites, each by its own wire."""
