"""Steps that move things along. Each does a batch and returns how much it moved; none waits.

External calls are made between two transactions, never inside one: what is to be done is stored
before, what came of it after. Whoever dies in between leaves a lease that ends.
"""
