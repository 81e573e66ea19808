"""The edits a fix is made of, in the form that recipes, models and people all write: search and replace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `search`, which stands exactly once in the file, by `replace`.

    A new file has an empty `search` and its whole text in `replace`. No edit deletes or renames a file: what a person
    would miss most is theirs to take away, and a file that is only emptied is refused by policy.
    """

    path: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file at the head commit: its bytes, the git blob they hash to, and its mode (`100644` or `100755`)."""

    path: str
    content: bytes
    blob_sha: str
    mode: str = "100644"
