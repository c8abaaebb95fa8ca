"""The port for bytes: a thread a connection, and the kernel copies."""
