"""Measurements that are too long for the tests, one file a question."""
