"""By HTTP and WebDAV: between two servers (third-party copy), and from or to a folder here."""
