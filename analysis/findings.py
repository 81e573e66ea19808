"""Flagged lines read in full: what each rule captured, on text freed of the prefixes that runners and services add."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.engine import CAPTURE_LIMIT, capture, captured, compiled
from analysis.rules import Role, Rule
from analysis.scan import Scan
from analysis.steps import Step

# What stands before a tool's own words: the runner's mark, BuildKit's step and clock, a compose service, a monorepo
# tool's package, a logger's clock. Each part is bounded and only a line's start is looked at.
_PREFIX = re.compile(
    r"""(?:
        \#\#\[(?:error|warning|notice|debug)\]\s{0,4}
      | ::(?:error|warning|notice)[^:\n]{0,300}::
      | \#\d{1,4}\s(?:\d{1,6}\.\d{1,4}\s)?
      | [A-Za-z0-9][\w.-]{0,60}\s{0,30}\|\s
      | \[\d{4}-\d\d-\d\d[T ][^\]\n]{0,24}\]\s{1,2}
      | \[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]?\s{1,2}
      | (?:\.|(?:@[\w.-]{1,60}/)?[\w./-]{1,60})(?::|\s)(?:test|build|lint|check|type-?check|compile|e2e)[\w:-]{0,30}:\s
      | @[\w.-]{1,60}/[\w.-]{1,60}:\s
      | \s{0,12}\[(?:javac|junit|junitlauncher|java|exec|testng|groovyc|scalac|kotlinc|checkstyle|ivy:\w{1,20})\]\s
      | \[(?!(?i:err|warn|info|fatal|debug|notice|fail))[\w.@/-]{1,60}\]:\s{1,4}
      | [\w.@/-]{1,60}:\s\[[\w.:-]{1,40}\]\s
    )""",
    re.VERBOSE,
)

# `pnpm --recursive` begins each line with the package's folder and the script's name.
_FOLDER = re.compile(
    r"([\w.-]{1,60}(?:/[\w.-]{1,60}){1,6}) (?:test|build|lint|check|type-?check|compile|e2e)[\w:-]{0,30}: "
)
_BUILT_BY_PIP = " " * 6
"""How far pip indents what a package's own build said:
https://github.com/pypa/pip/blob/main/src/pip/_internal/exceptions.py (InstallationSubprocessError)."""
_ROWS = 500
"""Rows below one file's name that are looked over for it."""
_NAME_LINES = 8
"""Suites in suites: deeper ones are cut from a test's name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one line. `echo` lines repeat a script and say nothing of what happened."""

    line: int
    text: str
    rule: Rule
    groups: dict[str, str]
    step: int


def unwrapped(text: str) -> str:
    """Free a line of up to three prefixes that are not the tool's own."""
    for _ in range(3):
        found = _PREFIX.match(text[:400])
        if found is None or not found.end():
            break
        text = text[found.end() :]
    return text


def findings(scan: Scan, rules: Sequence[Rule]) -> list[Finding]:
    """Capture every kept hit, in order of lines; what stands in a step's header is left out.

    `rules` are those that the log was scanned for.
    """
    echoes = [step.echo for step in scan.steps if step.echo is not None]
    found: list[Finding] = []
    starts = [step.first for step in scan.steps]
    at_step = at_echo = 0
    for hit in scan.hits:
        while at_step + 1 < len(starts) and starts[at_step + 1] <= hit.line:
            at_step += 1
        while at_echo < len(echoes) and echoes[at_echo][1] < hit.line:
            at_echo += 1
        if at_echo < len(echoes) and echoes[at_echo][0] <= hit.line:
            continue
        if rules[hit.rule].within and not _ran(scan.steps[at_step], rules[hit.rule].within):
            continue
        text = scan.text[hit.line][:CAPTURE_LIMIT]
        groups = _groups(rules[hit.rule], text)
        if groups is not None and rules[hit.rule].before:
            groups = _with_lines_above(scan, hit.line, rules[hit.rule], groups)
        if groups is not None:
            if rules[hit.rule].continues:
                groups["test"] = _whole_name(scan, hit.line, groups["test"], rules[hit.rule].continues)
            found.append(Finding(hit.line, text, rules[hit.rule], groups, at_step))
    return found


def _with_lines_above(scan: Scan, line: int, rule: Rule, groups: dict[str, str]) -> dict[str, str] | None:
    """Add what the lines above say; None where they are not those that the rule asks for."""
    at = line - 1
    while rule.loops and line - at < _ROWS and captured(rule.pattern, unwrapped(scan.text.get(at, ""))) is not None:
        at -= 1
    for pattern in reversed(rule.before):
        above = captured(pattern, unwrapped(scan.text.get(at, "")))
        if above is None:
            return None
        groups = above | groups
        at -= 1
    return groups


def _whole_name(scan: Scan, line: int, name: str, end: str) -> str:
    """Join a name that is spread over lines; the first line alone where no end comes."""
    parts = [name]
    for number in range(line + 1, line + _NAME_LINES):
        if parts[-1].endswith(end) or number not in scan.text:
            break
        parts.append(unwrapped(scan.text[number]).strip())
    return " ".join(parts).removesuffix(end) if parts[-1].endswith(end) else name


def _ran(step: Step, command: str) -> bool:
    """Whether the step's commands, or its name, name a tool."""
    return any(compiled(command).search(each) for each in (*step.commands, step.name or ""))


def _groups(rule: Rule, text: str) -> dict[str, str] | None:
    bare = unwrapped(text)
    groups = capture(rule, bare)
    if groups is None and bare is not text and not rule.strict:
        return capture(rule, text)
    if groups is None and bare.startswith(_BUILT_BY_PIP) and rule.tool is not None:
        return capture(rule, bare.removeprefix(_BUILT_BY_PIP))
    if groups is not None and "path" in groups and (folder := _FOLDER.match(text)):
        groups["path"] = _within(folder[1], groups["path"])
    return groups


def _within(folder: str, path: str) -> str:
    """Complete a path that a package's script told: it ran in the package's folder."""
    known = path.startswith(("/", "..", folder + "/")) or path[1:3] in {":\\", ":/"}
    return path if known else f"{folder}/{path.removeprefix('./')}"


def is_loud(finding: Finding) -> bool:
    """Whether the line can be the cause at all."""
    return finding.rule.role not in {Role.NOISE, Role.FILE, Role.FRAME}
