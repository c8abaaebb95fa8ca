"""The HTTP API v2 of the Librarian (Simons Observatory, HERA), for its own client."""
