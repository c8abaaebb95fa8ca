"""One file a page: what it asks of the services, and what it tells its template."""
