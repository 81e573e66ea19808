"""Edits applied to the files they speak of: every search text stands exactly once, or there is no patch."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.edits import Edit, SourceFile
from analysis.patch.text import Text, decode, encode
from analysis.patch.unified import file_diff

# A file beyond this is generated or data: nobody reviews a change to it, and parsers would be slow on it.
_MAX_FILE_BYTES = 1 << 20
# A fix is small. A thousand edits are a rewrite, and each costs a search of its file.
_MAX_EDITS = 1000
_REGULAR = ("100644", "100755")
# Beyond it common file systems refuse the checkout (https://man7.org/linux/man-pages/man3/pathconf.3.html).
_MAX_PATH_BYTES = 1024


class PatchError(Exception):
    """The edits make no patch; `path` is the file at fault ("" for none) and `reason` a sentence for people."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FilePatch:
    """One changed file. `before` and `before_blob_sha` are None for a new one; `mode` is git's and never changed."""

    path: str
    before: bytes | None
    after: bytes
    before_blob_sha: str | None
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class Patch:
    """Changed files in order of path, their unified diff, and its SHA-256 in hex: what an approval names."""

    files: tuple[FilePatch, ...]
    diff: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    replace: str


def apply_edits(files: Mapping[str, SourceFile], edits: Sequence[Edit]) -> Patch:
    """Apply all edits at once, each looked up in the file as given, whatever their order.

    Raises PatchError: a search text is missing, stands twice or overlaps another; the file was not given, is binary,
    a link or too large; a path leads elsewhere or would need a file to be a folder; the text cannot be written in the
    file's encoding; or nothing would change.
    """
    if len(edits) > _MAX_EDITS:
        raise PatchError("", f"{len(edits)} edits are too many; a fix has at most {_MAX_EDITS}")
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    _check_folders({*files, *by_path})
    patched = [_patch_file(path, files.get(path), by_path[path]) for path in sorted(by_path)]
    changed = tuple(one for one in patched if one.before != one.after)
    if not changed:
        raise PatchError("", "the edits change nothing")
    diff = "".join(_section(one) for one in changed)
    return Patch(changed, diff, hashlib.sha256(diff.encode()).hexdigest())


def diff_bytes(patch: Patch) -> bytes:
    """Give the diff as git wants it: each file's lines in that file's own encoding."""
    return b"".join(_section(one).encode(_encoding(one)) for one in patch.files)


def _encoding(patched: FilePatch) -> str:
    return decode(patched.after if patched.before is None else patched.before).encoding


def _section(patched: FilePatch) -> str:
    encoding = _encoding(patched)
    return file_diff(patched.path, patched.before, patched.after, encoding=encoding, mode=patched.mode)


def _patch_file(path: str, source: SourceFile | None, edits: Sequence[Edit]) -> FilePatch:
    _check_path(path)
    if source is None:
        return FilePatch(path, None, _created(path, edits), None)
    if source.mode not in _REGULAR:
        raise PatchError(path, "is a symbolic link or a submodule, which is never edited")
    if b"\0" in source.content:
        raise PatchError(path, "is binary")
    _check_size(path, source.content)
    text = decode(source.content)
    after = _write(path, text, _spliced(path, text, edits))
    return FilePatch(path, source.content, after, source.blob_sha, source.mode)


def _check_path(path: str) -> None:
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        raise PatchError("", "a path is not valid text") from None
    if not path or "\0" in path:
        raise PatchError("", "a path is empty or holds a NUL")
    if length > _MAX_PATH_BYTES:
        raise PatchError("", f"a path has {length} bytes; at most {_MAX_PATH_BYTES} can be checked out")
    # git itself takes none of these (https://git-scm.com/docs/git-apply, --unsafe-paths).
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in path.split("/")):
        raise PatchError(path, "is not a plain path inside the repository")


def _check_folders(paths: Collection[str]) -> None:
    for path in paths:
        inside = path
        while inside := inside.rpartition("/")[0]:
            if inside in paths:
                raise PatchError(path, f"cannot be, since {inside} is a file; a fix neither deletes nor renames files")


def _check_size(path: str, content: bytes) -> None:
    if len(content) > _MAX_FILE_BYTES:
        raise PatchError(path, f"has {len(content)} bytes; files above {_MAX_FILE_BYTES} are not edited")


def _created(path: str, edits: Sequence[Edit]) -> bytes:
    if any(edit.search for edit in edits):
        raise PatchError(path, "is not among the files that were read, so its text cannot be searched")
    if len(edits) > 1:
        raise PatchError(path, "is created more than once")
    return _write(path, Text("", "utf-8", mark=False, crlf=False), edits[0].replace)


def _write(path: str, like: Text, text: str) -> bytes:
    if "\0" in text:
        raise PatchError(path, "would hold a NUL byte")
    try:
        content = encode(like, text)
    except UnicodeEncodeError as error:
        character = ascii(text[error.start])
        raise PatchError(path, f"is {like.encoding}, which cannot hold the character {character}") from None
    _check_size(path, content)
    return content


def _spliced(path: str, text: Text, edits: Sequence[Edit]) -> str:
    splices = sorted((_locate(path, text, edit) for edit in edits), key=lambda splice: (splice.start, splice.end))
    parts: list[str] = []
    at = 0
    for splice in splices:
        if splice.start < at or (parts and not text.text):
            raise PatchError(path, "two edits touch the same text")
        parts += [text.text[at : splice.start], splice.replace]
        at = splice.end
    return "".join([*parts, text.text[at:]])


def _locate(path: str, text: Text, edit: Edit) -> _Splice:
    # Whoever wrote the edit saw `\n`: a file that knows no `\r`, or has it before every `\n`, keeps its way.
    uniform = text.crlf or "\r" not in text.text
    search, replace = (part.replace("\r\n", "\n") if uniform else part for part in (edit.search, edit.replace))
    if not search:
        if text.text:
            raise PatchError(path, "exists already; an edit of it needs a text to search for")
        return _Splice(0, 0, replace)
    start = text.text.find(search)
    if start < 0:
        raise PatchError(path, f"does not hold the text {_excerpt(search)}")
    if text.text.find(search, start + 1) >= 0:
        raise PatchError(path, f"holds the text {_excerpt(search)} more than once")
    return _Splice(start, start + len(search), replace)


def _excerpt(text: str) -> str:
    return ascii(text if len(text) <= 60 else text[:57] + "...")
