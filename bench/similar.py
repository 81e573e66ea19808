"""How well, and how fast, fixes of like failures are found: `make bench-similar`.

Recall: of each pair of tests/analysis/pairs one failure asks, and every other failure of the pairs and of the recorded
cases has a verified fix; its partner should be among the first five. Time: among 20,000 and 200,000 distinct messages,
all of them mended and all in the asking repositories, which is the worst case. Those messages are the recorded ones
with other names in them: they measure time, never recall.
"""

import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis import likeness
from analysis.diagnosis import Diagnosis
from learning.likeness import likeness_row
from storage.database import Connection, Database, open_database
from storage.embedded import embedded
from storage.likenesses import LikenessRow
from storage.migrate import migrate
from storage.similar import similar_fixes
from tests.analysis.recorded_cases import diagnosis_of, recorded_names
from tests.analysis.recorded_pairs import recorded_pairs

SIZES = (20_000, 200_000)
_REPOSITORY = 11
_FIXES = 1_000
_ASKED = 100
"""Questions whose time is taken, at each size."""
_WORDS = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One failure of a pair, and the fingerprint of its partner."""

    diagnosis: Diagnosis
    partner: str
    row: LikenessRow

    def but_itself(self, found: Sequence[str]) -> list[str]:
        """The first five, without this very failure; it stays where it is its partner's too."""
        own = self.diagnosis.fingerprint
        return [one for one in found if one != own or one == self.partner][:5]


Method = Callable[[Connection, Asked], Awaitable[list[str]]]


def main() -> int:
    """Measure all of it, and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="ci-fixer-bench-") as folder, embedded(Path(folder), durable=False) as url:
        asyncio.run(_measure(url))
    return 0


async def _measure(url: str) -> None:
    await migrate(url)
    pairs = recorded_pairs()
    told = [side for pair in pairs for side in (pair.one, pair.other)]
    every = [*told, *map(diagnosis_of, recorded_names())]
    started = time.perf_counter()
    rows = [likeness_row(one) for one in every]
    each = (time.perf_counter() - started) / len(rows)
    known = {one.fingerprint: (one, row) for one, row in zip(every, rows, strict=True)}
    print(f"{len(pairs)} pairs among {len(known)} failures; {each * 1000:.1f} ms to hash one")
    asked = [Asked(one, told[at ^ 1].fingerprint, rows[at]) for at, one in enumerate(told)]
    async with open_database(url) as database:
        await _prepare(database)
        await _fill(database, [(name, one, row) for name, (one, row) in known.items()])
        await _show_recall(database, asked)
        await _show_times(database, list(known.values()), asked)


async def _show_recall(database: Database, asked: Sequence[Asked]) -> None:
    print("\nmethod      recall@1  recall@5")
    for name, method in METHODS.items():
        first, five = [await _recall(database, method, asked, most) for most in (1, 5)]
        print(f"{name:10}  {first:8.3f}  {five:8.3f}")


async def _show_times(
    database: Database, known: Sequence[tuple[Diagnosis, LikenessRow]], asked: Sequence[Asked]
) -> None:
    print("\ndistinct messages  method        p50 ms   p95 ms", flush=True)
    have = len(known)
    for size in SIZES:
        await _grow(database, known, have, size)
        have = size
        for name, method in METHODS.items():
            times = await _times(database, method, random.Random(1).sample(asked, _ASKED))
            p95 = statistics.quantiles(times, n=20)[18]
            print(f"{size:17,}  {name:10}  {statistics.median(times):8.1f} {p95:8.1f}", flush=True)


async def _exact(connection: Connection, one: Asked) -> list[str]:
    found = await similar_fixes(connection, [_REPOSITORY], 6, fingerprint=one.diagnosis.fingerprint)
    return one.but_itself([fix.fingerprint for fix in found])


async def _bands(connection: Connection, one: Asked) -> list[str]:
    found = await similar_fixes(connection, [_REPOSITORY], 6, fingerprint=one.diagnosis.fingerprint, likeness=one.row)
    return one.but_itself([fix.fingerprint for fix in found])


async def _full_text(connection: Connection, one: Asked) -> list[str]:
    # Any of its words, for no two projects share all.
    found = await connection.execute(
        "WITH asked AS (SELECT to_tsquery('simple', string_agg(quote_literal(lexeme), ' | ')) AS q "
        "FROM unnest(to_tsvector('simple', %s))) "
        "SELECT fingerprint FROM fingerprints, asked WHERE to_tsvector('simple', message) @@ q "
        "ORDER BY ts_rank(to_tsvector('simple', message), q) DESC, fingerprint LIMIT 6",
        (one.diagnosis.message[:500],),
    )
    return one.but_itself([row[0] async for row in found])


METHODS: dict[str, Method] = {"exact only": _exact, "bands": _bands, "full text": _full_text}


async def _recall(database: Database, method: Method, asked: Sequence[Asked], first: int) -> float:
    async with database.connection() as connection:
        hits = [one.partner in (await method(connection, one))[:first] for one in asked]
    return sum(hits) / len(hits)


async def _times(database: Database, method: Method, asked: Sequence[Asked]) -> list[float]:
    times = []
    async with database.connection() as connection:
        for one in asked:
            started = time.perf_counter()
            await method(connection, one)
            times.append((time.perf_counter() - started) * 1000)
    return times


async def _prepare(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO installations (installation_id, account_login, account_type) VALUES (7, 'octo', 'User')"
        )
        await connection.execute(
            "INSERT INTO repositories (repository_id, installation_id, owner, name, default_branch) "
            "VALUES (%s, 7, 'octo', 'shop', 'main')",
            (_REPOSITORY,),
        )
        await connection.execute(
            "INSERT INTO workflow_runs (run_id, run_attempt, repository_id, workflow_id, workflow_name, event, status, "
            "head_sha, html_url) VALUES (100, 1, %s, 5, 'CI', 'push', 'completed', %s, 'https://github.test/r')",
            (_REPOSITORY, "a" * 40),
        )
        await connection.execute(
            "CREATE INDEX fingerprints_by_text ON fingerprints USING gin (to_tsvector('simple', message))"
        )


async def _fill(database: Database, told: Sequence[tuple[str, Diagnosis, LikenessRow]]) -> None:
    """The messages, and a verified fix of each."""
    async with database.transaction() as connection:
        # What is asked is how fast it reads, not how the rows came to be.
        await connection.execute("SET LOCAL session_replication_role = replica")
        cursor = connection.cursor()
        async with cursor.copy("COPY fingerprints (fingerprint, tool, category, message) FROM STDIN") as copy:
            for name, one, _ in told:
                await copy.write_row((name, one.tool, one.category.value, one.message[:500]))
        async with cursor.copy("COPY likenesses (fingerprint, scheme, shingles, bands, mended) FROM STDIN") as copy:
            for name, _, row in told:
                await copy.write_row((name, row.scheme, list(row.shingles), list(row.bands), True))
        await connection.execute(
            "INSERT INTO suggested_fixes (repository_id, run_id, run_attempt, head_sha, source, summary, explanation, "
            "edits, base_blobs, diff, patch_hash, proof_level, complexity, state, commit_sha) "
            "SELECT %s, 100, 1, %s, 'recipe:x', 's', 'e', '[]', '{}', repeat('+x', 200), "
            "encode(sha256(name::bytea), 'hex'), 'parses', 'trivial', 'verified', %s FROM unnest(%s::text[]) AS name",
            (_REPOSITORY, "a" * 40, "b" * 40, [name for name, _, _ in told]),
        )
        await connection.execute(
            "INSERT INTO mendings (fingerprint, repository_id, fix_id) SELECT name, %s, x.fix_id "
            "FROM unnest(%s::text[]) AS name "
            "JOIN suggested_fixes x ON x.patch_hash = encode(sha256(name::bytea), 'hex')",
            (_REPOSITORY, [name for name, _, _ in told]),
        )
    async with database.connection() as connection:
        await connection.execute("ANALYZE")


async def _grow(database: Database, known: Sequence[tuple[Diagnosis, LikenessRow]], have: int, size: int) -> None:
    """More messages: each a recorded one in which a third of the words are others."""
    chance = random.Random(have)
    made = []
    for number in range(have, size):
        one, row = known[number % len(known)]
        message = _WORDS.sub(lambda word: _another(word, chance), one.message)
        hashes = likeness.likeness_of_message(one.tool, one.category.value, message)
        made.append(
            (f"f{number}", replace(one, message=message), LikenessRow(row.scheme, hashes.shingles, hashes.bands))
        )
    await _fill(database, made)


def _another(word: re.Match[str], chance: random.Random) -> str:
    return word[0] if chance.random() > 0.3 else f"w{chance.randrange(10**6)}"


if __name__ == "__main__":
    sys.exit(main())
