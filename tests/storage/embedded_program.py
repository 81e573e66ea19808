"""A process that uses the embedded server until its input ends: `python -m tests.storage.embedded_program FOLDER`."""

import sys
from pathlib import Path

from storage.embedded import embedded

if __name__ == "__main__":
    with embedded(Path(sys.argv[1]), durable=False) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()
