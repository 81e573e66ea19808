"""The console script `ci-fixer`: hands over to the command line, the one room that wires the others."""

import sys


def main() -> int:
    """Run the command line; the exit code is 0 done, 1 failed, 2 usage."""
    from cli.main import main as run  # noqa: PLC0415 - keeps `import github_app` free of every other room

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
