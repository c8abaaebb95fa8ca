"""Where jobs come from that nobody submits here: production systems, folders."""
