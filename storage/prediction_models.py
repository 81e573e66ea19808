"""The models that predict, an installation each: append-only, the newest is in use, and a bounded number is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection

KEPT = 50
"""Of one installation: enough to see how its figures went; each is some kilobytes."""

_MODEL = """
    version, installation_id, outcomes, through_event, model::text AS model_json, evaluation::text AS evaluation_json,
    made_at
"""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as it is kept: made from so many outcomes up to that event. learning/model.py reads its JSON."""

    version: int
    installation_id: int
    outcomes: int
    through_event: int
    model_json: str
    evaluation_json: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Grown:
    """An installation with decisions that its newest model has not seen; `outcomes` is 0 where it has no model."""

    installation_id: int
    outcomes: int
    new: int


async def newest_model(connection: Connection, installation_id: int) -> ModelRow | None:
    """The model in use; None where there was never one."""
    found = await models_of(connection, installation_id, 1)
    return found[0] if found else None


async def models_of(connection: Connection, installation_id: int, most: int = KEPT) -> tuple[ModelRow, ...]:
    """The models of an installation, newest first."""
    async with connection.cursor(row_factory=class_row(ModelRow)) as cursor:
        await cursor.execute(
            f"SELECT {_MODEL} FROM prediction_models WHERE installation_id = %s "
            "ORDER BY version DESC LIMIT %s".encode(),
            (installation_id, most),
        )
        return tuple(await cursor.fetchall())


async def newest_of_repositories(connection: Connection, repository_ids: Sequence[int]) -> tuple[ModelRow, ...]:
    """The models in use in the installations of those repositories, by installation."""
    async with connection.cursor(row_factory=class_row(ModelRow)) as cursor:
        await cursor.execute(
            f"""
            SELECT {_MODEL}
            FROM (SELECT DISTINCT installation_id AS wanted FROM repositories WHERE repository_id = ANY(%s)) i
            CROSS JOIN LATERAL (
                SELECT * FROM prediction_models m WHERE m.installation_id = i.wanted ORDER BY version DESC LIMIT 1
            ) newest ORDER BY installation_id
            """.encode(),
            (list(repository_ids),),
        )
        return tuple(await cursor.fetchall())


async def save_model(
    connection: Connection,
    installation_id: int,
    outcomes: int,
    through_event: int,
    model_json: str,
    evaluation_json: str,
) -> None:
    """Keep a model, and let the oldest of its installation go. One of the same outcomes that is there already stays."""
    await connection.execute(
        "INSERT INTO prediction_models (installation_id, outcomes, through_event, model, evaluation) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (installation_id, through_event) DO NOTHING",
        (installation_id, outcomes, through_event, model_json, evaluation_json),
    )
    await connection.execute(
        "DELETE FROM prediction_models WHERE installation_id = %s AND version <= ("
        "SELECT version FROM prediction_models WHERE installation_id = %s ORDER BY version DESC OFFSET %s LIMIT 1)",
        (installation_id, installation_id, KEPT),
    )


async def grown(connection: Connection, most_new: int) -> tuple[Grown, ...]:
    """Each installation with new decisions, counted up to `most_new`, by id.

    Each installation is looked at: there are thousands of them, not millions.
    """
    async with connection.cursor(row_factory=class_row(Grown)) as cursor:
        await cursor.execute(
            """
            SELECT i.installation_id, coalesce(m.outcomes, 0) AS outcomes, n.new::integer AS new
            FROM installations i
            LEFT JOIN LATERAL (
                SELECT outcomes, through_event FROM prediction_models
                WHERE installation_id = i.installation_id ORDER BY version DESC LIMIT 1
            ) m ON true
            CROSS JOIN LATERAL (
                SELECT count(*) AS new FROM (
                    SELECT FROM fix_outcomes
                    WHERE installation_id = i.installation_id AND replaced_at IS NULL AND weight > 0
                      AND fix_event_id > coalesce(m.through_event, 0) LIMIT %s
                ) few
            ) n
            WHERE n.new > 0 ORDER BY i.installation_id
            """,
            (most_new,),
        )
        return tuple(await cursor.fetchall())
