"""By GridFTP: `globus-url-copy` with a grid proxy."""
