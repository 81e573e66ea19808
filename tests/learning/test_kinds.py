import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from learning.kinds import kind_of
from storage.database import Database


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("recipe:ruff-fix", "recipe:ruff-fix"),
        ("recipe:ruff-fix,black", "recipe:ruff-fix,black"),
        ("engine:gemini:gemini-2.5-pro", "engine:gemini"),
        ("engine:portia", "engine:portia"),
        ("memory:F12", "memory"),
        ("person", "person"),
    ],
)
def test_a_kind_is_the_means_and_not_the_model_or_the_number(source: str, kind: str) -> None:
    assert kind_of(source) == kind


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sources=st.lists(st.text("recipengm:oy1F,", max_size=20), min_size=1, max_size=20))
async def test_the_database_knows_the_same_kinds(database: Database, sources: list[str]) -> None:
    sources += [f"{head}:{source}" for head in ("recipe", "engine", "memory") for source in sources]
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT kind_of_fix(source) FROM unnest(%s::text[]) WITH ORDINALITY AS x (source, at) ORDER BY at",
            (sources,),
        )
        assert [row[0] for row in await cursor.fetchall()] == [kind_of(source) for source in sources]


@given(source=st.text(max_size=30))
def test_the_kind_of_a_kind_is_itself(source: str) -> None:
    assert kind_of(kind_of(source)) == kind_of(source)
