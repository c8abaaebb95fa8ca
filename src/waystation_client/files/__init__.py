"""Files of spaces: put, fetched and kept alike, in parallel, resumably, digests checked."""
