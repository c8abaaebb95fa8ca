"""What runs a command beside its batch system, and what we read of it."""
