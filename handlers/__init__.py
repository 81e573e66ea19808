"""The product: one file a trigger (thin: parse, guard, enqueue); in `commands` one a command, in `tasks` a use case."""
