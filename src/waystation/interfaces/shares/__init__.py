"""Links for people without an account: bytes out and in; their pages are in `interfaces.web`."""
