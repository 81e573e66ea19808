"""The rules that say what a line of a log means: data in `matchers/*.toml`, one file an ecosystem.

A rule's pattern keeps to RE2's syntax, so that every engine here runs it in linear time. `%path%`, `%line%`,
`%column%` and `%message%` stand for the usual named groups; `test`, `rule`, `end_line` and `level` are captured too.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import msgspec

from analysis.diagnosis import Category, Level
from analysis.gate_patterns import light

_PARTS = {
    # Neither a space nor a colon: a path with either is rare, and prose before a colon is not.
    "%path%": r"""(?P<path>(?:[A-Za-z]:[\\/])?[^\s:;,()\[\]{}"'`<>|*?=]+)""",
    "%file%": r"""(?P<path>(?:[A-Za-z]:[\\/])?[^\s:;,()\[\]{}"'`<>|*?=]*\.[A-Za-z0-9_]{1,10})""",
    "%line%": r"(?P<line>\d{1,7})",
    "%column%": r"(?P<column>\d{1,6})",
    "%message%": r"(?P<message>.+)",
}


class Role(StrEnum):
    """What a flagged line contributes."""

    ERROR = "error"
    """Says what is wrong, often where."""
    TEST = "test"
    """Names a test that failed."""
    SUMMARY = "summary"
    """Counts or restates: true, but never the cause."""
    WARNING = "warning"
    """Did not fail the job by itself."""
    FILE = "file"
    """Names the file that the rows below speak of."""
    ROW = "row"
    """Says what is wrong in the file named above."""
    SAYS = "says"
    """Says what is wrong; a place line below says where."""
    PLACE = "place"
    """Says where, for the message above."""
    FRAME = "frame"
    """One call of a stack trace."""
    NOISE = "noise"
    """Looks like an error and never is the cause."""


_WEIGHTS = {
    Role.ERROR: 80,
    Role.TEST: 84,
    Role.SUMMARY: 42,
    Role.WARNING: 18,
    Role.FILE: 12,
    Role.ROW: 80,
    Role.SAYS: 80,
    Role.PLACE: 30,
    Role.FRAME: 14,
    Role.NOISE: 0,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `weight` is 0 to 100: how likely a line of this form is the cause.

    `strict` keeps `^` to the line's very start; otherwise a runner's or a service's prefix may come before it.
    """

    name: str
    tool: str | None
    category: Category | None
    role: Role
    weight: int
    level: Level
    pattern: str
    examples: tuple[str, ...]
    strict: bool
    above: bool = False
    """Of a frame: whether it stands above its error, as in Python, and not below."""
    continues: str = ""
    """Of a test: how the last of the lines ends over which its name is spread, one for each suite around it."""
    within: str = ""
    """The command that a step must have run for this rule to hold there; empty where it holds anywhere."""
    before: tuple[str, ...] = ()
    """Patterns that the lines directly above must match, the nearest last; what they capture is the finding's too."""
    loops: bool = False
    """Whether more lines of the rule's own form may stand between it and the lines above."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a command line that names this tool says of a failure inside it. `name` is None for words of no tool."""

    name: str | None
    category: Category | None
    command: str


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules and tools, in the order of their files."""

    rules: tuple[Rule, ...]
    tools: tuple[Tool, ...]


class RuleError(ValueError):
    """A matcher file is wrong; the message names file, tool and rule."""


class _RuleSpec(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    pattern: str
    example: str | list[str]
    role: Role = Role.ERROR
    weight: int | None = None
    level: Level | None = None
    category: Category | None = None
    strict: bool = False
    above: bool = False
    continues: str = ""
    within: bool = False
    """Whether the line's form is so common that only the tool's own command in the step makes it the tool's."""


class _ToolSpec(msgspec.Struct, forbid_unknown_fields=True):
    category: Category | None = None
    command: str = ""
    generic: bool = False
    rules: list[_RuleSpec] = []


@cache
def rule_book() -> RuleBook:
    """Read the matchers shipped with this package, once a process."""
    rules: list[Rule] = []
    tools: list[Tool] = []
    for file in sorted(resources.files("analysis.matchers").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            book = read_matchers(file.read_text(encoding="utf-8"), file.name)
            rules += book.rules
            tools += book.tools
    return RuleBook(tuple(rules), tuple(tools))


def read_matchers(text: str, source: str) -> RuleBook:
    """Read one matcher file; raises RuleError, which names `source`."""
    try:
        specs = msgspec.convert(tomllib.loads(text), dict[str, _ToolSpec])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RuleError(f"{source}: {error}") from error
    rules = [_rule(name, spec, rule) for name, spec in specs.items() for rule in spec.rules]
    tools = [
        Tool(None if spec.generic else name, spec.category, spec.command)
        for name, spec in specs.items()
        if spec.command
    ]
    return RuleBook(tuple(rules), tuple(tools))


def _rule(tool: str, spec: _ToolSpec, rule: _RuleSpec) -> Rule:
    pattern = rule.pattern
    for part, regexp in _PARTS.items():
        pattern = pattern.replace(part, regexp)
    return Rule(
        name=f"{tool}/{rule.name}",
        tool=None if spec.generic else tool,
        category=rule.category or spec.category,
        role=rule.role,
        weight=_WEIGHTS[rule.role] if rule.weight is None else rule.weight,
        level=rule.level or (Level.WARNING if rule.role is Role.WARNING else Level.ERROR),
        pattern=pattern,
        examples=(rule.example,) if isinstance(rule.example, str) else tuple(rule.example),
        strict=rule.strict,
        above=rule.above,
        continues=rule.continues,
        within=spec.command if rule.within else "",
    )


def gate_pattern(rule: Rule) -> str:
    """Give the pattern that scans many lines at once: it flags every line the rule matches, and a few more."""
    return light(rule.pattern, strict=rule.strict)
