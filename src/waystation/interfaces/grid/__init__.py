"""The grid port: TLS with client certificates and RFC 3820 grid proxies."""
