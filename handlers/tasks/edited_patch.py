"""What a person made of a fix, as a patch at the same head: proved like any other, and held against the proposal."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.edits import Edit, SourceFile
from analysis.patch import Patch, PatchError, ProofLevel, apply_edits, edits_between, prove, split_lines, text_of
from storage.text import storable

_MOST_DIFFERENCE = 8_000
"""Characters kept of what a person changed: a model is told less, a reader sees both fixes whole."""
_MOST_COMPARED = 200_000
"""Characters of a file that are compared with another: what is longer is told of by name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person's change of one file at the fix's head: its whole new `content`, or `search` replaced by `replace`."""

    path: str
    search: str = ""
    replace: str = ""
    content: str | None = None


@dataclass(frozen=True, slots=True)
class EditedPatch:
    """The person's patch. `difference` is the diff from the proposal's files to these, cut."""

    edits: tuple[Edit, ...]
    patch: Patch
    proof: ProofLevel
    difference: str


def patched(files: Mapping[str, SourceFile], proposed: Sequence[Edit], wanted: Sequence[Wanted]) -> EditedPatch:
    """Make the patch. Raises PatchError where the edits make none, or one that could not be kept to the letter."""
    edits = tuple(edit for one in wanted for edit in _edits(files, one))
    if not edits:
        raise PatchError("", "they change nothing")
    for one in edits:
        # A patch is kept to the letter or not at all: its hash is what is approved.
        if any(storable(text) != text for text in (one.path, one.search, one.replace)):
            raise PatchError(storable(one.path), "would hold a NUL or half a character, which no patch of ours holds")
    patch = apply_edits(files, edits)
    proof = prove(patch)
    return EditedPatch(edits, patch, proof, _difference(_after(files, proposed), _after(files, edits)))


def _edits(files: Mapping[str, SourceFile], one: Wanted) -> tuple[Edit, ...]:
    if one.content is None:
        return (Edit(one.path, one.search, one.replace),)
    there = files.get(one.path)
    if there is None:
        return (Edit(one.path, "", one.content),)
    return edits_between(one.path, text_of(there), one.content)


def _after(files: Mapping[str, SourceFile], edits: Sequence[Edit]) -> dict[str, str]:
    """The text of every file as edits leave it; of the proposal's too, which applied when it was made."""
    texts = {path: text_of(file) for path, file in files.items()}
    for one in apply_edits(files, edits).files:
        texts[one.path] = text_of(SourceFile(one.path, one.after, ""))
    return texts


def _difference(proposed: Mapping[str, str], edited: Mapping[str, str]) -> str:
    told: list[str] = []
    for path in sorted({*proposed, *edited}):
        before, after = proposed.get(path, ""), edited.get(path, "")
        if before == after:
            continue
        if max(len(before), len(after)) > _MOST_COMPARED:
            told.append(f"{path} differs\n")
            continue
        told += difflib.unified_diff(split_lines(before), split_lines(after), f"proposed/{path}", f"edited/{path}", n=2)
    return "".join(told)[:_MOST_DIFFERENCE]
