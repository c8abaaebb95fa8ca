"""WebDAV and plain HTTP: bytes of spaces in and out."""
