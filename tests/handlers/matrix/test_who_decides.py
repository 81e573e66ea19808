"""Who may decide on what, where and by which way: every cell of role, channel, place and state of the fix.

A decision that counts moves the fix and leaves one approval; anything else changes nothing at all. All cells run with
`make soak`; `make test` runs those of the corners and one in twenty-four of the others.
"""

import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from storage.fixes import FixState
from tests.handlers.matrix.channels import CHANNELS
from tests.handlers.matrix.places import PRIVILEGED, ROLES, Place, Stage, stage

WHOLE = "CI_FIXER_SOAK" in os.environ
AT_ONCE = 60
WAITING = {"approve": ("proposed", "failed"), "reject": ("proposed",)}
"""The states in which there is something to decide; a failed application may be tried again."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One act of one person, on a fix in one state."""

    verb: str
    role: str
    channel: str
    place: str
    state: str

    @property
    def counts(self) -> bool:
        """Whether it moves the fix: the rule of the product, said here once more in other words."""
        if self.state not in WAITING[self.verb]:
            return False
        if self.place == "other installation":
            return False
        if self.place == "other repository":
            # Named in this repository's conversation it is no fix at all; by itself it is the owner's to decide.
            return self.role == "owner" and self.channel in ("api", "dashboard")
        return self.role in PRIVILEGED

    @property
    def status(self) -> int | None:
        """What our own server answers; what a person may not read is not there."""
        if self.channel not in ("api", "dashboard"):
            return None
        if self.channel == "dashboard" and self.role in ("bot", "app"):
            return 401
        elsewhere = self.place == "other installation" or (self.place == "other repository" and self.role != "owner")
        if elsewhere or self.role in ("none", "bot", "app"):
            return 404
        if self.channel == "dashboard":
            return 303
        if self.role not in PRIVILEGED:
            return 403
        return 200 if self.counts else 409

    @property
    def is_corner(self) -> bool:
        """The cells that are always looked at."""
        return (self.verb, self.state, self.place) == ("approve", "proposed", "same repository") or (
            self.counts and self.role == "write" and self.channel in ("comment", "api")
        )


def cells(places: Iterable[Place]) -> Iterator[Cell]:
    """All of them, or the chosen ones."""
    names = [place.name for place in places]
    for facts in product(WAITING, ROLES, CHANNELS, names, (state.value for state in FixState)):
        cell = Cell(*facts)
        if WHOLE or cell.is_corner or zlib.crc32(repr(cell).encode()) % 24 == 0:
            yield cell


async def test_a_decision_counts_exactly_where_it_may(database_url: str, tmp_path: Path) -> None:
    async with stage(database_url, tmp_path) as opened:
        chosen = list(cells(opened.places))
        wrong = await idle_cells(opened, [cell for cell in chosen if not cell.counts])
        wrong += await counting_cells(opened, [cell for cell in chosen if cell.counts])
    assert len(chosen) > 250
    assert wrong == []


async def idle_cells(opened: Stage, chosen: list[Cell]) -> list[str]:
    """Acts that change nothing, many of one state at once; what was changed all the same."""
    wrong: list[str] = []
    for state, together in batches(chosen):
        await opened.put(state)
        for cell in together:
            wrong += await act(opened, cell)
        await opened.home.settle()
        wrong += [f"a fix that was {state} is {now}" for now in await changed(opened, state)]
        wrong += [f"{state}: {who}" for who in await deciders(opened)]
        wrong += await unanswered(opened, [cell for cell in together if "comment" in cell.channel])
    return wrong


def batches(chosen: list[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """Cells of one state, as many as a worker does within some seconds."""
    for state in FixState:
        of_state = [cell for cell in chosen if cell.state == state]
        for start in range(0, len(of_state), AT_ONCE):
            yield state.value, of_state[start : start + AT_ONCE]


async def counting_cells(opened: Stage, chosen: list[Cell]) -> list[str]:
    """Acts that decide: one in each place at a time, and what did not come of it."""
    wrong: list[str] = []
    rounds: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in chosen:
        rounds.setdefault((cell.verb, cell.role, cell.channel, cell.state), []).append(cell)
    for (verb, role, channel, state), together in rounds.items():
        await opened.put(state)
        for cell in together:
            wrong += await act(opened, cell)
        await opened.home.settle()
        states, decided = await opened.states(), await deciders(opened)
        for cell in together:
            fix_id = of(opened, cell).fix_id
            told = f"{opened.login(role)} {verb} F{fix_id} {channel.removeprefix('edited ')}"
            if states[fix_id] != {"approve": "approved", "reject": "rejected"}[verb] or told not in decided:
                wrong.append(f"{cell} ended {states[fix_id]}, decided by {decided}")
        if len(decided) != len(together):
            wrong.append(f"{len(together)} decisions of {role} by {channel} left {decided}")
    return wrong


def of(opened: Stage, cell: Cell) -> Place:
    """The place of a cell."""
    return next(place for place in opened.places if place.name == cell.place)


async def act(opened: Stage, cell: Cell) -> list[str]:
    """Do what the cell says; what was answered, if it is not what it should be."""
    status = await CHANNELS[cell.channel](opened, of(opened, cell), cell.role, cell.verb)
    return [] if status == cell.status else [f"{cell} was answered {status} instead of {cell.status}"]


async def changed(opened: Stage, state: str) -> list[str]:
    """The states of the places' fixes that are no longer what was put there."""
    ours = {place.fix_id for place in opened.places}
    return [now for fix_id, now in (await opened.states()).items() if fix_id in ours and now != state]


async def deciders(opened: Stage) -> list[str]:
    """Who is on record for a decision, on which fix, by which way; each names the patch and head that was shown."""
    async with opened.home.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT a.reviewer_login || ' ' || a.decision || ' F' || a.fix_id || ' ' || a.channel "
            "FROM human_approvals a JOIN suggested_fixes f USING (fix_id) "
            "WHERE a.patch_hash = f.patch_hash AND a.head_sha = f.head_sha"
        )
        return [str(row[0]) for row in await cursor.fetchall()]


async def unanswered(opened: Stage, said: list[Cell]) -> list[str]:
    """People's commands that got no refusal, and bots' that got anything; the record is emptied afterwards."""
    async with opened.home.database.transaction() as connection:
        cursor = await connection.execute("DELETE FROM command_receipts RETURNING login, outcome")
        receipts = sorted((str(row[0]), str(row[1])) for row in await cursor.fetchall())
    expected = sorted((opened.login(cell.role), "refused") for cell in said if cell.role not in ("bot", "app"))
    return [] if receipts == expected else [f"{receipts} instead of {expected}"]
