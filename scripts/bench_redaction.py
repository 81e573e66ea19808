"""How many clean lines the scrubber masks: logs of other projects, from which GitHub took the secrets already.

usage: python -m scripts.bench_redaction FOLDER [--show]

FOLDER holds logs (*.log, *.txt). Each line that changes is counted, and printed with --show, to be judged by a person.
"""

import argparse
import sys
from pathlib import Path

from analysis.reader import LogReader
from analysis.redact import scrub


def main() -> int:
    """Count, and print the rate; 2 where there are no logs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print each masked line")
    arguments = parser.parse_args()
    logs = sorted(path for path in arguments.folder.rglob("*") if path.suffix in {".log", ".txt"})
    if not logs:
        print(f"no logs in {arguments.folder}", file=sys.stderr)
        return 2
    lines = masked = 0
    for log in logs:
        for block in LogReader().blocks([log.read_bytes()]):
            for line in block.lines:
                text = line.decode("utf-8", "replace")
                lines += 1
                if scrub(text).text != text:
                    masked += 1
                    if arguments.show:
                        print(f"{log.name}: {text[:200]}")
    print(f"{masked} of {lines} lines masked: {masked / lines * 10_000:.2f} in 10,000")
    return 0


if __name__ == "__main__":
    sys.exit(main())
