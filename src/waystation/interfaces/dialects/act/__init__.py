"""aCT, the ARC Control Tower, as its clients speak to it."""
