"""Up from tape, held for a while, released."""
