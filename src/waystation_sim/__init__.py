"""The simulated world: a tape library that answers on the wire as the real ones do."""
