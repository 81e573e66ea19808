"""Characters that people do not see, named: a text must not read otherwise than it looks.

They have been used to hide code from reviewers and to give orders to models (https://trojansource.codes,
https://embracethered.com/blog/posts/2024/hiding-and-finding-text-with-unicode-tags/).
"""

import re
import unicodedata

# Joiners belong to emoji and to several scripts; a tab is seen.
_SEEN = frozenset("\t\u200c\u200d\ufe0e\ufe0f")
_HIDING = frozenset({"Cc", "Cf", "Zl", "Zp"})
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters of Hangul that are drawn as nothing."""
_BEYOND_ASCII = re.compile(r"[^\t\x20-\x7e]+")


def named(text: str) -> str:
    """Name what is not seen: `[U+202E]` for one character, how many for several; line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "\n".join(_BEYOND_ASCII.sub(_named, line.removesuffix("\r")) for line in text.split("\n"))


def hides(one: str) -> bool:
    """Whether a character is not seen, or changes how others are."""
    return one not in _SEEN and (
        unicodedata.category(one) in _HIDING or 0xE0100 <= ord(one) <= 0xE01EF or one in _FILLERS
    )


def _named(found: re.Match[str]) -> str:
    text = found[0]
    pieces: list[str] = []
    start = 0
    for at in range(len(text) + 1):
        if at < len(text) and hides(text[at]):
            continue
        hidden = text[start:at]
        if hidden:
            pieces.append(f"[U+{ord(hidden):04X}]" if len(hidden) == 1 else f"[{len(hidden)} hidden characters]")
        pieces.append(text[at : at + 1])
        start = at + 1
    return "".join(pieces)
