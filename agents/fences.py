"""Data between fences that nothing in it can close."""

import re


def fenced(text: str, label: str) -> str:
    """Fence data with more backticks than it holds in a row."""
    fence = "`" * max(3, longest_run(text) + 1)
    return f"{fence}{label}\n{text if text.endswith(chr(10)) else text + chr(10)}{fence}"


def longest_run(text: str) -> int:
    """The most backticks that stand in a row."""
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
