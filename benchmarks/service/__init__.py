"""What the service costs: requests, submissions, completions, decisions, idleness."""
