"""Steps that move jobs along."""
