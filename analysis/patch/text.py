"""A file's bytes as text that edits can speak of, and back, without losing its encoding, mark or line endings."""

from dataclasses import dataclass
from typing import Literal

from analysis.edits import SourceFile

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text without byte order mark, with `\\n` for line ends where every line ends in `\\r\\n`.

    A file that is not UTF-8 is read as Latin-1, which gives every byte a character and so comes back unchanged.
    """

    text: str
    encoding: Literal["utf-8", "latin-1"]
    mark: bool
    crlf: bool


def decode(content: bytes) -> Text:
    """Read bytes as text; `encode(decode(b), decode(b).text) == b` for every `b`."""
    mark = content.startswith(_MARK)
    raw, encoding = _decode(content[len(_MARK) :] if mark else content)
    crlf = "\r\n" in raw and raw.count("\n") == raw.count("\r\n")
    return Text(raw.replace("\r\n", "\n") if crlf else raw, encoding, mark, crlf)


def encode(like: Text, text: str) -> bytes:
    """Write `text` as the file `like` was written. UnicodeEncodeError: its encoding lacks a character of the text."""
    raw = text.replace("\n", "\r\n") if like.crlf else text
    return (_MARK if like.mark else b"") + raw.encode(like.encoding)


def text_of(source: SourceFile) -> str:
    """Give the text that an edit's `search` is looked up in: no mark, `\\n` where all line ends are `\\r\\n`."""
    return decode(source.content).text


def split_lines(text: str) -> list[str]:
    """Split at `\\n` alone, as git does, keeping it; `str.splitlines` also splits at form feeds and U+2028."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _decode(content: bytes) -> tuple[str, Literal["utf-8", "latin-1"]]:
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"
