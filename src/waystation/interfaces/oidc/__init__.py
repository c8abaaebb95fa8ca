"""Sign-in by another system: OpenID Connect."""
