"""`make openapi`, against an npm that gives what a test says."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from scripts import fetch_openapi
from scripts.fetch_openapi import FetchFailed, fetch

DOCUMENT = b'{"openapi": "3.0.3"}'


def npm(folder: Path, member: str, content: bytes) -> None:
    """An npm on the path whose `pack` copies a package with one file in it to where it was asked to."""
    with tarfile.open(folder / "package.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    script = folder / "npm"
    script.write_text(f'#!/bin/sh\n[ "$1" = pack ] && cp {folder}/package.tgz "$5"/octokit-openapi.tgz\n')
    script.chmod(0o755)


@pytest.fixture(autouse=True)
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_openapi, "SHA256", hashlib.sha256(DOCUMENT).hexdigest())
    (tmp_path / "bin").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")


def test_the_pinned_document_is_put_in_its_place(tmp_path: Path) -> None:
    npm(tmp_path / "bin", "package/generated/api.github.com.json", DOCUMENT)
    fetch(tmp_path / "work", tmp_path / "cache" / "document.json")
    assert (tmp_path / "cache" / "document.json").read_bytes() == DOCUMENT


def test_another_document_is_refused_and_not_left_behind(tmp_path: Path) -> None:
    npm(tmp_path / "bin", "package/generated/api.github.com.json", DOCUMENT + b" ")
    with pytest.raises(FetchFailed, match="not the document that is pinned"):
        fetch(tmp_path / "work", tmp_path / "cache" / "document.json")
    assert [*(tmp_path / "cache").iterdir()] == []


def test_a_package_without_the_document_is_refused(tmp_path: Path) -> None:
    npm(tmp_path / "bin", "package/README.md", DOCUMENT)
    with pytest.raises(FetchFailed, match=r"has no package/generated/api\.github\.com\.json"):
        fetch(tmp_path / "work", tmp_path / "cache" / "document.json")


def test_an_npm_that_fails_is_named_with_what_it_said(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "npm"
    script.write_text("#!/bin/sh\necho no such version >&2\nexit 3\n")
    script.chmod(0o755)
    with pytest.raises(FetchFailed, match=r"exit code 3\): no such version"):
        fetch(tmp_path / "work", tmp_path / "cache" / "document.json")


def test_a_machine_without_npm_is_told_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(FetchFailed, match=r"nodejs\.org"):
        fetch(tmp_path / "work", tmp_path / "cache" / "document.json")
