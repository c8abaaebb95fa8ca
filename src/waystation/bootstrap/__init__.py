"""Where the house is put together; the only place that names concrete back ends."""
