"""From log bytes to a Diagnosis, and from edits to a checked patch: pure thinking, no network, no database."""
