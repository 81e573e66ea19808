"""What each distinct message is compared by: hashes that others make, kept under the scheme that they were made by."""

from dataclasses import dataclass

from psycopg.rows import class_row

from storage.database import Connection


@dataclass(frozen=True, slots=True)
class LikenessRow:
    """Hashes of the parts of a message, each once, and its MinHash bands: 32 bits with a sign.

    `scheme` is how they were made, from 1; what was made in another way is compared with nothing.
    """

    scheme: int
    shingles: tuple[int, ...]
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unhashed:
    """A message without hashes of the scheme; `diagnosis_json` is that of a failure with it, where one was mended."""

    fingerprint: str
    tool: str | None
    category: str
    message: str
    diagnosis_json: str | None


async def keep(connection: Connection, fingerprint: str, row: LikenessRow) -> None:
    """Keep what a known fingerprint's failures are compared by.

    Two failures of one fingerprint may differ in what they say besides: of one scheme the smaller hashes stay, so that
    the order in which they came decides nothing.
    """
    await connection.execute(
        "INSERT INTO likenesses (fingerprint, scheme, shingles, bands) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (fingerprint) DO UPDATE SET scheme = excluded.scheme, shingles = excluded.shingles, "
        "bands = excluded.bands WHERE (likenesses.scheme, excluded.shingles) < (excluded.scheme, likenesses.shingles)",
        (fingerprint, row.scheme, list(row.shingles), list(row.bands)),
    )


async def likeness_of(connection: Connection, fingerprint: str) -> LikenessRow | None:
    """What a fingerprint's message is compared by; None where it is unknown, or not hashed yet."""
    cursor = await connection.execute(
        "SELECT scheme, shingles, bands FROM likenesses WHERE fingerprint = %s AND scheme > 0", (fingerprint,)
    )
    row = await cursor.fetchone()
    return None if row is None else LikenessRow(row[0], tuple(row[1]), tuple(row[2]))


async def unhashed(connection: Connection, scheme: int, limit: int) -> tuple[Unhashed, ...]:
    """Messages that have no hashes of that scheme, and are locked by nobody. Call it in a transaction.

    They stay locked until its end, so that two processes at once hash different ones.
    """
    async with connection.cursor(row_factory=class_row(Unhashed)) as cursor:
        await cursor.execute(
            """
            WITH batch AS (
                SELECT fingerprint FROM likenesses WHERE scheme < %s ORDER BY scheme, fingerprint LIMIT %s
                FOR UPDATE SKIP LOCKED
            )
            SELECT p.fingerprint, p.tool, p.category, p.message,
                   (SELECT f.diagnosis::text FROM mendings m
                    JOIN workflow_failures f USING (repository_id, fingerprint)
                    WHERE m.fingerprint = p.fingerprint ORDER BY f.failure_id DESC LIMIT 1) AS diagnosis_json
            FROM batch CROSS JOIN LATERAL (
                SELECT * FROM fingerprints f WHERE f.fingerprint = batch.fingerprint LIMIT 1) p
            """,
            (scheme, limit),
        )
        return tuple(await cursor.fetchall())
