"""Small green projects, each broken in one way, and what the recipes make of the log of the real run."""
