from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.registry import new_key
from storage.database import Database
from tests.web.desk import Desk, desk


@pytest.fixture(scope="session")
def app_key() -> str:
    """One key for all tests: a key takes longer to make than most tests."""
    return new_key()


@pytest.fixture
async def opened(database: Database, tmp_path: Path, app_key: str) -> AsyncIterator[Desk]:
    async with desk(database, tmp_path, app_key) as made:
        yield made
