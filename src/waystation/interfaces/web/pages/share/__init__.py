"""Share links: made and ended by who manages a space, visited by people without an account."""
