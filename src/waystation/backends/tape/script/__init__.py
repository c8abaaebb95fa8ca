"""Any other tape system: a back end that runs the site's own small commands."""
