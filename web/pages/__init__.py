"""Pages rendered on the server, with no script at all: sign-in, what waits, one fix, and forms to decide and answer."""
