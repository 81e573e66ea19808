"""Every sandbox that a test starts records what it says and hears; at the test's end all of it must conform.

A test that speaks to the sandbox off the document on purpose says so with ``@pytest.mark.off_the_document(reason)``;
it fails when nothing of what it did was.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.recorder import ENVIRONMENT
from tests.openapi.conformance import faults, read
from tests.openapi.document import load, place

_MOST_SHOWN = 20


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """The folder in which sandboxes record; None where there is no document to hold them to."""
    if place() is None:
        yield None
        return
    folder = tmp_path_factory.mktemp("recordings")
    os.environ[ENVIRONMENT] = str(folder)
    yield folder
    del os.environ[ENVIRONMENT]


@pytest.fixture(autouse=True)
def conformance(recordings: Path | None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test whose exchanges are not those of the document."""
    yield
    where = place()
    if recordings is None or where is None:
        return
    found: dict[str, None] = {}
    for file in sorted(recordings.iterdir()):
        for line in file.read_text(encoding="utf-8").splitlines():
            found |= dict.fromkeys(faults(load(where), read(line)))
        file.unlink()
    if request.node.get_closest_marker("off_the_document"):
        assert found, "the test is marked off_the_document, but all it did conforms"
    elif found:
        shown = [*found][:_MOST_SHOWN]
        pytest.fail("not as GitHub's OpenAPI document has it:\n" + "\n".join(shown), pytrace=False)
