"""Steps of hosting, run again and again by workers."""
