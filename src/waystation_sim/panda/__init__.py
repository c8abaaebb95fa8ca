"""A look-alike of a PanDA server, as far as those that fetch jobs from it see it."""
