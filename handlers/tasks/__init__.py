"""The use cases that a worker runs; each may run twice, and begins by asking whether it is already done."""
