"""What every order must end in: the product's tables without what only numbers or times things, and what is shown."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from sandbox.state import CheckRun, Comment, Issue
from storage.database import Connection
from tests.handlers.house import House

Row = tuple[tuple[str, str], ...]
State = Mapping[str, tuple[Row, ...]]

_FIX = re.compile(r"(?<![A-Za-z0-9])F(\d+)\b")
_ROW_IDS = frozenset({"fix_event_id", "approval_id"})
"""Numbers that nothing else names."""
_SHOWN_IDS = frozenset({"check_run_id", "comment_id", "reply_comment_id"})
_DIGESTS = frozenset({"check_digest", "comment_digest", "digest"})
"""Hashes of what is shown, which is compared itself; the shown text names fixes by number."""
_SAMPLES = frozenset({"normal_lines"})
"""A job's usual lines are learned from one green run in twelve hours: which one it is, the order decides."""
_HISTORIES = frozenset({"fix_events", "fix_outcomes", "live_events"})
"""They tell in which order things came to pass; where they end is in the fixes themselves."""
_THOUGHT_THEN = frozenset({("suggested_fixes", "verdict")})
"""As it was judged from what had been heard of by the proposal, on purpose; the failure has the present one."""
_COUNTS = "analytics_"
"""What is counted of the other tables and of histories; tests/storage/test_analytics.py holds them to the rows."""
_CLOSED = ("state", "closed")
"""An issue that is closed is one of the past: where the green run was heard of first, there was never a need for it."""


@dataclass(frozen=True, slots=True)
class _Names:
    """Stable names for numbers that were given in the order of arrival."""

    fixes: Mapping[int, str]
    failures: Mapping[int, str]
    shown: Mapping[int, str]
    issues: Mapping[int, str]

    def of(self, column: str, value: object) -> str:
        """A value in a form that is the same in every order."""
        if value is None:
            return ""
        if isinstance(value, (datetime, date)):
            return "a time"
        if isinstance(value, bytes):
            return hashlib.sha256(value).hexdigest()
        named = self._numbers(column).get(value) if isinstance(value, int) else None
        return named or self.text(str(value))

    def _numbers(self, column: str) -> Mapping[int, str]:
        named = {"fix_id": self.fixes, "failure_id": self.failures, "number": self.issues}
        return self.shown if column in _SHOWN_IDS else named.get(column, {})

    def text(self, text: str) -> str:
        """A text whose fixes are named by what they are."""
        return _FIX.sub(lambda found: self.fixes.get(int(found[1]), found[0]), text)


async def state_of(home: House, given_up: Sequence[tuple[str, Mapping[str, object]]] = ()) -> State:
    """Everything that must be equal, table by table, and what the repository's people see.

    Of a repository that the App was taken from only that is compared: how much was read before is a matter of when.
    """
    async with home.database.connection() as connection:
        names = await _names(connection, home)
        gone = await _gone(connection)
        tables = {name: await _rows(connection, name, names, gone) for name in await _tables(connection)}
    failed = [_row(names.text, task=name, **args) for name, args in given_up if args["repository_id"] not in gone]
    return {**tables, **_shown(home, names), "jobs given up": tuple(sorted(failed))}


async def _gone(connection: Connection) -> frozenset[object]:
    """The repositories that were withdrawn, and the runs there."""
    cursor = await connection.execute(
        "SELECT repository_id FROM repositories WHERE withdrawn UNION "
        "SELECT run_id FROM workflow_runs JOIN repositories USING (repository_id) WHERE withdrawn"
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def _tables(connection: Connection) -> list[str]:
    cursor = await connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%' "
        "AND tablename NOT IN ('schema_migrations', 'applied_migrations') ORDER BY tablename"
    )
    found = [str(row[0]) for row in await cursor.fetchall()]
    return [name for name in found if name not in _SAMPLES | _HISTORIES and not name.startswith(_COUNTS)]


async def _rows(connection: Connection, table: str, names: _Names, gone: frozenset[object]) -> tuple[Row, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL("SELECT * FROM {}").format(Identifier(table)))
        found = await cursor.fetchall()
    left_out = _ROW_IDS | _DIGESTS
    rows = sorted(
        tuple(
            (column, names.of(column, value))
            for column, value in row.items()
            if column not in left_out and (table, column) not in _THOUGHT_THEN
        )
        for row in found
        if table == "repositories" or gone.isdisjoint({row.get("repository_id"), row.get("run_id")})
    )
    return tuple(row for row in rows if table != "failure_issues" or _CLOSED not in row)


async def _names(connection: Connection, home: House) -> _Names:
    fixes = await connection.execute("SELECT fix_id, run_id, run_attempt, patch_hash FROM suggested_fixes")
    failures = await connection.execute("SELECT failure_id, run_id, run_attempt, fingerprint FROM workflow_failures")
    shown: dict[int, str] = {check.id: f"the check run {check.external_id}" for _, check in _checks(home)}
    shown |= {comment.id: _comment_name(comment) for comment in _comments(home)}
    return _Names(
        {row[0]: f"the fix {row[3][:8]} of {row[1]}/{row[2]}" for row in await fixes.fetchall()},
        {row[0]: f"the failure {row[3]} of {row[1]}/{row[2]}" for row in await failures.fetchall()},
        shown,
        {one.number: f"the issue {one.title}" for one in _issues(home)},
    )


def _comment_name(comment: Comment) -> str:
    return f"the comment on {comment.number} that begins {comment.body.splitlines()[0]}"


def _checks(home: House) -> list[tuple[str, CheckRun]]:
    return [(check.suite.head_sha, check) for check in home.sandbox.check_runs(home.repository, home.app)]


def _comments(home: House) -> list[Comment]:
    found = home.sandbox.find(home.repository).comments.values()
    return [one for one in found if one.app is not None and one.app.id == home.app.app_id]


def _issues(home: House) -> list[Issue]:
    found = home.sandbox.find(home.repository).issues.values()
    return [one for one in found if one.user.login == f"{home.app.slug}[bot]"]


def _shown(home: House, names: _Names) -> State:
    # GitHub appends annotations as they come, and shows them by their places.
    checks = [
        _row(names.text, head=head, external_id=one.external_id, status=one.status, conclusion=one.conclusion,
             title=one.title, summary=one.summary, text=one.text, annotations=sorted(map(repr, one.annotations)),
             buttons=[action.identifier for action in one.actions])
        for head, one in _checks(home)
    ]  # fmt: skip
    comments = [_row(names.text, number=one.number, body=one.body) for one in _comments(home)]
    issues = [_row(names.text, title=one.title, body=one.body) for one in _issues(home) if one.state == "open"]
    return {
        "shown check runs": tuple(sorted(checks)),
        "shown comments": tuple(sorted(comments)),
        "shown issues": tuple(sorted(issues)),
    }


def _row(renamed: Callable[[str], str], **values: object) -> Row:
    return tuple((name, renamed(str(value))) for name, value in values.items())


def differences(wanted: State, found: State) -> str:
    """In words, what one state has that another has not; "" where they are equal."""
    told: list[str] = []
    for table in sorted({*wanted, *found}):
        ours, theirs = wanted.get(table, ()), found.get(table, ())
        told += _told(table, "missing", [row for row in ours if row not in theirs], theirs)
        told += _told(table, "too many", [row for row in theirs if row not in ours], ours)
        if not told and len(ours) != len(theirs):
            told.append(f"{table}: {len(theirs)} rows in place of {len(ours)}")
    return "\n".join(told)


def _told(table: str, how: str, rows: Iterable[Row], others: Iterable[Row]) -> list[str]:
    return [f"{table}, {how}:\n" + "\n".join(_against(row, others)) for row in rows]


def _against(row: Row, others: Iterable[Row]) -> list[str]:
    """The columns in which a row differs from the one most like it; all of them where none is like it."""
    nearest = max(others, key=lambda other: len(set(row) & set(other)), default=())
    differing = [(name, value) for name, value in row if (name, value) not in nearest]
    shown = differing if len(differing) < len(row) else row
    key = ", ".join(f"{name} {value}" for name, value in row[:3])
    return [f"  of {key}", *(f"    {name}: {value[:1500]}" for name, value in shown)]
