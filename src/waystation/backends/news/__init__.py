"""Streams of news from tape systems, by the broker that carries them."""
