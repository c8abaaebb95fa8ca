"""Signing in to the pages with a certificate that is in the browser, by way of the grid port."""
