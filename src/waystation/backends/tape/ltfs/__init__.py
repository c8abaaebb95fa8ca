"""Mounted LTFS cartridges: a tape back end that is the space manager itself."""
