"""Pages of those who administer: accounts, groups, spaces, messages, audit."""
