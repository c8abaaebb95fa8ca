"""Contract suites and factories for authors of back ends."""
