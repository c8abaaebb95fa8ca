"""Who: users, groups, tokens, permissions."""
