"""How accounts come: made, invited, put into groups by those who may."""
