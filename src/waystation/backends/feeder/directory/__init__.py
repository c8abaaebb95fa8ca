"""A folder into which jobs are put as files."""
