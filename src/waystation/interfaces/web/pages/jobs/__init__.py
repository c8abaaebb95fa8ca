"""Jobs in the browser: run, follow, stop; and the clusters that run them."""
