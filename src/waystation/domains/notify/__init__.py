"""Who is told of what, and whether they heard."""
