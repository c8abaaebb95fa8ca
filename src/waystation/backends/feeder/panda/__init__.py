"""A PanDA server, which gives jobs to those that ask for them."""
