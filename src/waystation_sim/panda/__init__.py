"""A look-alike of a PanDA server, for those that fetch jobs from it and those that submit."""
