"""IBM Spectrum (Storage) Archive EE: a tape back end that drives the `eeadm` command."""
