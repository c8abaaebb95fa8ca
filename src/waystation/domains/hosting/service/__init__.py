"""What can be asked of hosting."""
