"""Between sites: who gets what, shipments on their way, copies that others have."""
