"""Clockwork: loops, wake-ups, heartbeats. Knows steps, not subjects."""
