"""`act`: the client of the ARC Control Tower, for this server and for the old one."""
