"""An ordinary file system."""
