"""Jobs: commands that run on clusters beside the data, with what goes in and what comes out."""
