"""What `way` shows: tables and live progress for people, lines for pipes, JSON for programs."""
