"""Words every room speaks: clock, errors, states, retry, statements. No framework."""
