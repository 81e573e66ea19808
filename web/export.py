"""Rows to take away, streamed a batch at a time: memory holds one, and a slow reader holds no connection."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeAlias

import msgspec

from storage import exports, failure_lists, fix_lists, review_lists
from storage.database import Connection
from storage.exports import FailureLine, FixLine, OutcomeLine
from storage.failure_lists import FailureFilter, FailureKey
from storage.fix_lists import FixFilter, FixKey
from storage.ids import FailureId, FixId
from web.cursors import read_cursor, write_cursor
from web.export_models import MOST_ROWS, ExportFormat, ExportKind, ExportQuery
from web.people import Person
from web.seen import repositories_seen
from web.site import Site

_BATCH = 1_000
MEDIA_TYPES = {ExportFormat.CSV: "text/csv", ExportFormat.JSON_LINES: "application/jsonl"}
_LINES: dict[ExportKind, type] = {
    ExportKind.FAILURES: FailureLine,
    ExportKind.FIXES: FixLine,
    ExportKind.OUTCOMES: OutcomeLine,
}
# What a spreadsheet takes for a formula, and what it strips before it looks: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Line: TypeAlias = FailureLine | FixLine | OutcomeLine


class _ExportCursor(msgspec.Struct, frozen=True):
    """The last row that was sent: where it is, when it was and its id."""

    repository_id: int
    at: datetime
    row_id: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """Keys of one repository, as far as they were looked at, and the rows of them."""

    lines: Sequence[Line]
    last: _ExportCursor | None


async def export(site: Site, person: Person, query: ExportQuery, most: int = MOST_ROWS) -> AsyncIterator[bytes]:
    """The chunks of an export: what may be seen is settled before the first. Raises Problem for what is not there."""
    cursor = read_cursor(site, _list(query), query.cursor, _ExportCursor)
    seen = await repositories_seen(site, person, query.repository, review_lists.reached)
    ids = sorted(int(one.repository_id) for one in seen)
    writer = _csv if query.format is ExportFormat.CSV else _json_lines
    return _chunks(site, query, ids, cursor, writer, most)


async def _chunks(
    site: Site,
    query: ExportQuery,
    ids: Sequence[int],
    cursor: _ExportCursor | None,
    write: Callable[[Sequence[Sequence[object]], Sequence[str]], bytes],
    most: int,
) -> AsyncIterator[bytes]:
    names = [field.name for field in fields(_LINES[query.kind])]
    if query.format is ExportFormat.CSV:
        yield _csv([names], names)
    left = most
    for repository_id in ids:
        if cursor is not None and repository_id < cursor.repository_id:
            continue
        last = cursor if cursor is not None and cursor.repository_id == repository_id else None
        while True:
            if left <= 0:
                yield _cut(site, query, most, last or cursor)
                return
            async with site.services.database.connection() as connection:
                batch = await _batch(connection, query, repository_id, last, min(_BATCH, left))
            if batch.lines:
                yield write([[getattr(line, name) for name in names] for line in batch.lines], names)
            left -= len(batch.lines)
            if batch.last is None:
                break
            last = cursor = batch.last


async def _batch(
    connection: Connection, query: ExportQuery, repository_id: int, last: _ExportCursor | None, size: int
) -> _Batch:
    if query.kind is ExportKind.FAILURES:
        key = None if last is None else FailureKey(last.at, FailureId(last.row_id))
        wanted = FailureFilter(since=query.since, until=query.until)
        keys = await failure_lists.failure_keys(connection, [repository_id], wanted, size, key)
        lines: Sequence[Line] = await exports.failure_lines(connection, [one.failure_id for one in keys])
        end = None if len(keys) < size else _ExportCursor(repository_id, keys[-1].ran_at, keys[-1].failure_id)
        return _Batch(lines, end)
    fix_key = None if last is None else FixKey(last.at, FixId(last.row_id))
    asked = FixFilter(since=query.since, until=query.until)
    found = await fix_lists.fix_keys(connection, [repository_id], asked, size, fix_key)
    read = exports.fix_lines if query.kind is ExportKind.FIXES else exports.outcome_lines
    lines = await read(connection, [one.fix_id for one in found])
    end = None if len(found) < size else _ExportCursor(repository_id, found[-1].created_at, found[-1].fix_id)
    return _Batch(lines, end)


def _cut(site: Site, query: ExportQuery, most: int, last: _ExportCursor | None) -> bytes:
    """The last line of an export that was cut: that it was, and how to go on."""
    cursor = "" if last is None else write_cursor(site, _list(query), last)
    if query.format is ExportFormat.CSV:
        return _csv([[f"cut after {most} rows: ask again with cursor={cursor}"]], [])
    return msgspec.json.encode({"cut_after": most, "next_cursor": cursor}) + b"\n"


def _list(query: ExportQuery) -> str:
    """What a cursor is of: one of fixes is none of failures."""
    return f"export of {query.kind.value}"


def _csv(rows: Sequence[Sequence[object]], _: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(map(_cells, rows))
    return text.getvalue().encode()


def _cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        if value is None:
            yield ""
        elif isinstance(value, datetime):
            yield value.isoformat()
        elif isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str):
            # Text of strangers: a quote before it, and no spreadsheet runs it.
            yield f"'{value}" if value.lstrip(" \u00a0").startswith(_FORMULA) else value
        else:
            yield str(value)


def _json_lines(rows: Sequence[Sequence[object]], names: Sequence[str]) -> bytes:
    return b"".join(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows)
