"""Fixes of failures like this one: by its fingerprint, then by MinHash bands, ranked by the true Jaccard of the parts.

Bands (Broder 1997, banding as in Leskovec et al., Mining of Massive Datasets, 3.4) are integers under a GIN index of
core PostgreSQL. Only messages that a fix was ever approved for are in it: no other is an answer to anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import dict_row

from storage.database import Connection
from storage.fixes import FixState
from storage.ids import FixId
from storage.likenesses import LikenessRow

DIFF_CHARACTERS = 20_000
"""Of one diff: as much as a report shows of its own."""
GOOD = (FixState.VERIFIED, FixState.APPROVED, FixState.APPLYING, FixState.OFFERED, FixState.APPLIED)
"""The states of a fix that is an example: CI was green on it, or a person approved it, unrefuted since.
One that was superseded was never judged."""
_CANDIDATES = 200
"""Messages ranked by their parts: those that share most bands. Each costs some 20 µs."""
LEAST_ALIKE = 0.2
"""Jaccard below which a message is not like the other, measured by `make bench-similar`."""


@dataclass(frozen=True, slots=True)
class SimilarFix:
    """A fix that was verified, or approved and not yet judged, for the same failure or one like it.

    `similarity` is 1.0 for the same fingerprint, else the Jaccard of the parts, 0 to 1, and always below 1.0. `diff`
    is cut to DIFF_CHARACTERS. `private` is whether strangers may not read the repository; `updated_at` when its state
    last changed. `html_url` leads to its pull request, else its commit, else the run that it is for.
    """

    fix_id: FixId
    repository_id: int
    owner: str
    name: str
    private: bool
    fingerprint: str
    message: str
    similarity: float
    state: FixState
    source: str
    summary: str
    diff: str
    commit_sha: str | None
    pull_request_number: int | None
    html_url: str
    updated_at: datetime

    @property
    def full_name(self) -> str:
        """`owner/name`, as GitHub shows it."""
        return f"{self.owner}/{self.name}"

    @property
    def outcome(self) -> str:
        """`verified` where CI was green on it, else `approved`: a person's word, and CI has not spoken."""
        return "verified" if self.state is FixState.VERIFIED else "approved"


# Each band is looked up by itself, and each message's fixes too: PostgreSQL takes an overlap of arrays for cheap, and
# would read the whole table. The order of candidates is whole, so that the same question has the same answer.
_SIMILAR = """
WITH sharing AS MATERIALIZED (
    SELECT l.fingerprint, l.shingles, count(*) AS bands
    FROM unnest(%(bands)s::integer[]) AS band JOIN likenesses l ON l.mended AND l.bands @> ARRAY[band]
    WHERE l.scheme = %(scheme)s AND l.fingerprint IS DISTINCT FROM %(fingerprint)s
    GROUP BY l.fingerprint
), candidates AS MATERIALIZED (
    SELECT s.fingerprint, s.shingles
    FROM (SELECT * FROM sharing ORDER BY bands DESC, fingerprint) s CROSS JOIN LATERAL (
        SELECT FROM mendings m JOIN suggested_fixes x USING (fix_id)
        WHERE m.fingerprint = s.fingerprint AND m.repository_id = ANY(%(repository_ids)s) AND x.state = ANY(%(states)s)
        LIMIT 1) mended
    ORDER BY s.bands DESC, s.fingerprint LIMIT %(candidates)s
), counted AS MATERIALIZED (
    SELECT fingerprint, cardinality(shingles) AS own,
           (SELECT count(*) FROM unnest(shingles) AS part WHERE part = ANY(%(shingles)s::integer[])) AS shared
    FROM candidates
), alike AS (
    SELECT %(fingerprint)s::text AS fingerprint, 1.0::double precision AS similarity
    UNION ALL
    SELECT fingerprint, least(0.99, shared::double precision / (own + cardinality(%(shingles)s::integer[]) - shared))
    FROM counted
), found AS (
    SELECT DISTINCT ON (x.repository_id, x.patch_hash)
           x.fix_id, x.repository_id, x.run_id, x.run_attempt, a.fingerprint, a.similarity, x.state
    FROM alike a
    JOIN mendings m ON m.fingerprint = a.fingerprint AND m.repository_id = ANY(%(repository_ids)s)
    JOIN suggested_fixes x ON x.fix_id = m.fix_id AND x.state = ANY(%(states)s)
    WHERE a.similarity >= %(least)s AND x.head_sha <> %(but_of)s AND x.commit_sha IS DISTINCT FROM %(but_of)s
    ORDER BY x.repository_id, x.patch_hash, a.similarity DESC, x.state = 'verified' DESC, x.fix_id DESC
), best AS (
    SELECT * FROM found ORDER BY similarity DESC, state = 'verified' DESC, fix_id DESC LIMIT %(limit)s
)
SELECT b.fix_id, b.repository_id, r.owner, r.name, r.private, b.fingerprint, p.message, b.similarity, b.state,
       x.source, x.summary, left(x.diff, %(diff)s) AS diff, x.commit_sha, x.pull_request_number,
       split_part(w.html_url, '/actions/runs/', 1) || coalesce(
           '/pull/' || x.pull_request_number, '/commit/' || x.commit_sha, '/actions/runs/' || x.run_id) AS html_url,
       x.updated_at
FROM best b JOIN suggested_fixes x USING (fix_id) JOIN repositories r ON r.repository_id = b.repository_id
JOIN fingerprints p ON p.fingerprint = b.fingerprint
JOIN workflow_runs w ON w.run_id = b.run_id AND w.run_attempt = b.run_attempt
ORDER BY b.similarity DESC, b.state = 'verified' DESC, b.fix_id DESC
"""


async def similar_fixes(
    connection: Connection,
    repository_ids: Sequence[int],
    limit: int,
    *,
    fingerprint: str | None = None,
    likeness: LikenessRow | None = None,
    but_of: str = "",
) -> tuple[SimilarFix, ...]:
    """The fixes in those repositories for that fingerprint, and for messages like it; most alike first.

    Among equally alike ones those that were verified come first, then the newest; the same patch in one repository is
    told once. `repository_ids` are the caller's word: those of one installation that may be told of. Fixes for the
    commit `but_of`, and the one that it is, are left out: they are no examples to it.
    """
    values = {
        "repository_ids": list(repository_ids),
        "limit": limit,
        "fingerprint": fingerprint,
        "scheme": 0 if likeness is None else likeness.scheme,
        "shingles": [] if likeness is None else list(likeness.shingles),
        "bands": [] if likeness is None else list(likeness.bands),
        "states": [state.value for state in GOOD],
        "candidates": _CANDIDATES,
        "least": LEAST_ALIKE,
        "diff": DIFF_CHARACTERS,
        "but_of": but_of,
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SIMILAR, values)
        return tuple([SimilarFix(**{**row, "state": FixState(row["state"])}) async for row in cursor])
