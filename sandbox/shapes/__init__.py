"""Answers in GitHub's shapes: pure functions from the sandbox's state to JSON with every field GitHub requires."""
