"""The command line, one file a command; with `demo` the only rooms that wire the others together."""
