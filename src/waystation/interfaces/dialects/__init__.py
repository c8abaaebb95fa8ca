"""Other systems' APIs, exactly: each folder one dialect, none knows another."""
