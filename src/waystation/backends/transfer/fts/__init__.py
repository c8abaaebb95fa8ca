"""FTS, the file transfer service of the grid, by its REST interface: jobs that outlive us."""
