from pathlib import Path

import pytest

from github_app.client import APPLY
from github_app.manifest import ManifestError, read_manifest
from handlers.tasks.deliver import TRIGGERS

# Sent to every App; GitHub refuses a manifest that asks for them.
_UNASKED = {"installation", "installation_repositories"}


def test_the_manifest_asks_for_what_the_tasks_use_and_no_more() -> None:
    assert read_manifest().default_permissions == APPLY


def test_the_manifest_asks_for_the_events_that_are_acted_on() -> None:
    assert set(read_manifest().default_events) == TRIGGERS.keys() - _UNASKED


def test_the_app_is_the_organisations_own() -> None:
    assert not read_manifest().public


@pytest.mark.parametrize(
    ("text", "said"),
    [("name: [", "no manifest"), ("name: 3", "name"), ("", "no manifest"), ("permissions: {}", "permissions")],
)
def test_a_wrong_manifest_is_refused_by_its_field(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "app.yml").write_text(text)
    with pytest.raises(ManifestError, match=said):
        read_manifest(tmp_path / "app.yml")
