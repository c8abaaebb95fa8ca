"""The HTTP interface of MWA's staging daemon, for ASVO-like clients and callback receivers."""
