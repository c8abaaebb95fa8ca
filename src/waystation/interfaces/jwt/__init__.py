"""Bearer tokens that others sign: WLCG and SciTokens JWTs."""
