"""HTCondor, by its own Python bindings."""
