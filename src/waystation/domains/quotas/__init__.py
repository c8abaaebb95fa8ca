"""How much somebody may keep here."""
