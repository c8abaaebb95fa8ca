"""What can be asked of transfers."""
