"""Globus Transfer by its own SDK: one task a load, which goes on when we are gone."""
