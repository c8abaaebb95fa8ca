"""Our own HTTP API: django-ninja for the ordinary calls, its OpenAPI for all."""
