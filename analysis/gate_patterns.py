"""From a rule's pattern to its gate's: what scans whole blocks of lines, and so must be quick before it is exact.

The gate's pattern flags every line that the rule matches, and a few more; captures then read flagged lines exactly. It
is made lighter where exactness costs: counted repeats become uncounted (a counter is a thousand states), a tail that
only makes a match longer goes (each longer end would be reported again), and classes stop at the line's end.
"""

import re

_NAMED = re.compile(r"\(\?P<\w+>")
_NEGATED = re.compile(r"\[\^(?!\\n)")
_CLASS = re.compile(r"\\.|\[(\^?)((?:\\.|[^\]\\])*)\]")
_WIDE = re.compile(r"([^\x00-\x7f])(?=[?*+{])")
_LEAD = re.compile(r"(?:\.|\\[wdSsDW]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\()|.*+?{}^$\[\]])([*+?]|\{\d*,\d*\})\??")
_LINE_NUMBER = re.compile(r"^:(?:\(\?:)?\\d\+\)?")
_COUNTED = re.compile(r"\{(\d+),(\d*)\}")
_TELLING = 7
"""Letters in a row that are rare enough: what comes after the next gap is left to the captures."""
_FEW = 4
"""A repeat of at most so many is kept as it is."""


def light(pattern: str, *, strict: bool) -> str:
    """Give the gate's pattern. Unless `strict`, a match may begin anywhere in the line."""
    pattern = _NAMED.sub("(?:", pattern)
    # The gate sees bytes: a letter outside of ASCII is several, which neither a class nor a quantifier may split.
    pattern = _WIDE.sub(r"(?:\1)", _CLASS.sub(_ascii_class, pattern))
    pattern = _NEGATED.sub(r"[^\\n", pattern).replace(r"\s", r"[ \t]")
    pattern = re.sub(r"\[([^\]]*)\[ \\t\]", r"[\1 \\t", pattern)
    pattern = _COUNTED.sub(_uncounted, pattern)
    if not strict:
        # A runner's or a service's prefix may come first. An alternative (`^` or what ends a prefix) takes three times
        # as long to scan for as no anchor at all, and flags hardly fewer lines.
        pattern = pattern.removeprefix("^")
    return _without_tail(_without_head(pattern))


def _ascii_class(found: re.Match[str]) -> str:
    """Give a class without letters of several bytes: as alternatives, or, where they are excluded, not at all."""
    inside = found[2] or ""
    wide = [letter for letter in inside if not letter.isascii()]
    if not wide:
        return found[0]
    narrow = "".join(letter for letter in inside if letter.isascii())
    if found[1]:
        return f"[^{narrow}]" if narrow else r"[^\n]"
    return "(?:" + "|".join([*wide, *([f"[{narrow}]"] if narrow else [])]) + ")"


def _uncounted(found: re.Match[str]) -> str:
    least, most = int(found[1]), int(found[2] or 1_000)
    if most <= _FEW:
        return found[0]
    return "*" if least == 0 else "+" if least == 1 else f"{{{least},}}"


def _without_head(pattern: str) -> str:
    r"""Drop what a match that may begin anywhere need not begin with: options, and repeats beyond the last.

    This is not for speed alone: among many patterns, Hyperscan 5.4 misses matches of some that begin with a negated
    class or with `:\d+:`, where other lines stand before. So such classes go altogether, and of a line number one digit
    stays.
    """
    while True:
        pattern = _LINE_NUMBER.sub(r"\\d", pattern)
        found = _LEAD.match(pattern)
        if found is not None:
            # A repeat that must occur is as good as its last occurrence.
            kept = "" if found[1] in "*?" or found[1].startswith(("{0,", "{,")) else pattern[: found.start(1)]
            if kept and not kept.startswith("[^"):
                return kept + pattern[found.end() :]
            pattern = pattern[found.end() :]
            continue
        head = re.match(r"\(\?:", pattern)
        if head is None:
            return pattern
        closing = _closing(pattern)
        quantifier = re.match(r"[*+?]?", pattern[closing + 1 :])
        sign = quantifier[0] if quantifier else ""
        rest = pattern[closing + 1 + len(sign) :]
        branches = [_without_head(branch) for branch in _branches(pattern[head.end() : closing])]
        if sign not in {"*", "?"} and "" not in branches:
            return f"(?:{'|'.join(branches)}){rest}"
        pattern = rest


def _without_tail(pattern: str) -> str:
    """Drop what makes a match longer but no likelier, in each alternative that may end it."""
    while True:
        shorter = _shorter(_cut(pattern))
        if shorter == pattern:
            return pattern
        pattern = shorter


def _cut(branch: str) -> str:
    """End a branch at its first gap (`.+`) after a telling literal."""
    depth = run = best = 0
    previous = -1
    for at, letter in _outside_classes(branch):
        depth += (letter == "(") - (letter == ")")
        if letter == "." and depth == 0 and branch[at + 1 : at + 2] in {"+", "*"} and best >= _TELLING:
            return branch[:at] or branch
        plain = letter not in "().|?*+{}^$" and depth == 0
        run = (run + 1 if at == previous + 1 else 1) if plain else 0
        if letter in "?*{":
            best -= 1
        best = max(best, run)
        previous = at
    return branch


def _shorter(pattern: str) -> str:
    if pattern.endswith((r"\.+", r"\.*", r"\.?")):
        return pattern if pattern.endswith("+") else pattern[:-3]
    for tail, short in ((".*?", ""), (".+?", "."), (".*", ""), (".+", "."), (".?", "")):
        if pattern.endswith(tail):
            return pattern[: -len(tail)] + short
    optional = pattern.endswith((")?", ")*"))
    closing = len(pattern) - (2 if optional else 1)
    if not pattern.endswith((")", ")?", ")*")) or pattern[closing - 1 : closing] == "\\":
        return pattern
    opening = _opening(pattern, closing)
    if optional:
        return pattern[:opening]
    head = re.match(r"\(\?[a-z]*:|\(", pattern[opening:])
    start = opening + (head.end() if head else 1)
    branches = [_without_tail(branch) for branch in _branches(pattern[start:closing])]
    if "" in branches:
        return pattern[:opening]
    return pattern[:start] + "|".join(branches) + ")"


def _opening(pattern: str, closing: int) -> int:
    """Find the parenthesis that the one at `closing` closes."""
    stack: list[int] = []
    for at, letter in _outside_classes(pattern):
        if letter == "(":
            stack.append(at)
        elif letter == ")":
            opened = stack.pop()
            if at == closing:
                return opened
    raise ValueError(f"unbalanced parentheses in {pattern!r}")


def _closing(pattern: str) -> int:
    """Find the parenthesis that closes the one at the pattern's start."""
    depth = 0
    for at, letter in _outside_classes(pattern):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at
    raise ValueError(f"unbalanced parentheses in {pattern!r}")


def _branches(text: str) -> list[str]:
    depth = start = 0
    branches: list[str] = []
    for at, letter in _outside_classes(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            branches.append(text[start:at])
            start = at + 1
    return [*branches, text[start:]]


def _outside_classes(pattern: str) -> list[tuple[int, str]]:
    """List the letters that are neither escaped nor in a class, with their places."""
    found: list[tuple[int, str]] = []
    at, inside = 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            at += 2
            continue
        if letter == "[" and not inside:
            inside = True
            # A closing bracket that stands first is a letter of the class.
            at += 2 if pattern[at + 1 : at + 2] in {"^", "]"} else 1
            continue
        if letter == "]" and inside:
            inside = False
        elif not inside:
            found.append((at, letter))
        at += 1
    return found
