"""Hands: each fits one port and knows nothing else."""
