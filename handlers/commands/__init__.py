"""One handler a command: what it asks of whom, and what it answers."""
