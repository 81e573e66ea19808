"""Fixes of failures like those of a run, for its report and for the agent: what all who read the repository may see.

A diff of another repository may be a secret to those who read this one, and an agent's words end up in the report: so
both are told of this repository and of the installation's public ones, never of another installation's, and of no
private one but this (docs/decisions/0021).
"""

import asyncio
from collections.abc import Sequence

import msgspec

from agents.examples import Example
from analysis.diagnosis import Diagnosis
from github_app.model import Repository
from github_app.report import SimilarFix as ShownFix
from handlers.tasks.reading import diagnosis_of
from learning.likeness import SCHEME, likeness_row, likeness_row_of
from storage import likenesses, repositories, similar
from storage.database import Connection, Database
from storage.failures import FailureRow
from storage.likenesses import Unhashed
from storage.similar import SimilarFix

_MOST_ASKED = 8
"""Failures of one run of which like ones are looked for, each some 10 ms: as many as a model is told of."""

_ALIKE_ENOUGH = 0.45
"""Of what is told unasked. On recorded pairs 88 % of the true partners are as alike, and 2 % of the nearest others."""
_MOST_SHOWN = 3
"""To people: more is a list that nobody follows."""

_BATCH = 200
"""Messages hashed at once, some 0.3 s: as long as a failure of one of them waits to be stored."""


async def similar_to(
    connection: Connection, repository: Repository, found: Sequence[FailureRow], limit: int
) -> tuple[SimilarFix, ...]:
    """The fixes of failures like these, most alike first; each fix once, and none for the same commit."""
    told_of = await repositories.told_of_in(connection, repository.repository_id)
    best: dict[int, SimilarFix] = {}
    for failure in found[:_MOST_ASKED]:
        alike = await similar.similar_fixes(
            connection,
            told_of,
            limit,
            fingerprint=failure.fingerprint,
            likeness=likeness_row(diagnosis_of(failure.diagnosis_json)),
            but_of=failure.head_sha,
        )
        for fix in alike:
            known = best.get(fix.fix_id)
            if fix.similarity >= _ALIKE_ENOUGH and (known is None or known.similarity < fix.similarity):
                best[fix.fix_id] = fix
    return tuple(sorted(best.values(), key=_rank)[:limit])


async def similar_shown(
    connection: Connection, repository: Repository, found: Sequence[FailureRow]
) -> tuple[ShownFix, ...]:
    """The same, as a report names them."""
    return tuple(
        ShownFix(fix.fix_id, fix.full_name, fix.outcome, fix.similarity == 1, fix.summary, fix.html_url)
        for fix in await similar_to(connection, repository, found, _MOST_SHOWN)
    )


def _rank(fix: SimilarFix) -> tuple[float, bool, int]:
    return -fix.similarity, fix.outcome != "verified", -fix.fix_id


def example_of(fix: SimilarFix) -> Example:
    """The fix as an agent is told of it."""
    return Example(
        f"F{fix.fix_id} in {fix.full_name}",
        same=fix.similarity == 1,
        verified=fix.outcome == "verified",
        failure=fix.message,
        summary=fix.summary,
        diff=fix.diff,
    )


async def liken(database: Database) -> int:
    """Hash the messages that were stored before there were hashes, or by an older scheme; gives how many there were.

    Some hundred at a time, each batch for good: a process that dies on the way has done what it did, and of two at once
    each takes others.
    """
    done = 0
    while batch := await _liken_some(database):
        done += batch
    return done


async def _liken_some(database: Database) -> int:
    async with database.transaction() as connection:
        rows = await likenesses.unhashed(connection, SCHEME, _BATCH)
        made = await asyncio.to_thread(lambda: [likeness_row_of(row, _diagnosis(row)) for row in rows])
        for row, likeness in zip(rows, made, strict=True):
            await likenesses.keep(connection, row.fingerprint, likeness)
    return len(rows)


def _diagnosis(row: Unhashed) -> Diagnosis | None:
    """The row's own, where this version still reads it: its message alone is enough."""
    try:
        return None if row.diagnosis_json is None else diagnosis_of(row.diagnosis_json)
    except msgspec.ValidationError:
        return None
