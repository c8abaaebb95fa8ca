"""From folder to folder of one machine, or of a file system that it shares."""
