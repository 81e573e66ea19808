"""Workflow files read and run for real: syntax, expressions, steps as local processes, logs as Actions has them."""
