"""What ends a command: the sentence to print, without a traceback."""


class CommandFailed(Exception):
    """Printed to standard error; the exit code is 1."""
