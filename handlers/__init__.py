"""The product: one file a trigger (thin: parse, guard, enqueue) and, in `tasks`, one a use case."""
