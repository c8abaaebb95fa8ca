"""Steps that move shipments along."""
