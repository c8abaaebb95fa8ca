"""A PanDA server, by its REST API; files by a folder that we and the jobs can both reach."""
