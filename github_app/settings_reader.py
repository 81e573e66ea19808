"""One variable at a time, by its kind; what is wrong is noted, so that all of it can be told at once."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_LONGEST_SHOWN = 100
"""Characters of a wrong value that are told: enough to know it again."""
_T = TypeVar("_T")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class SettingsReader:
    """Reads variables; an empty one is as one not set. `wrong` has a sentence for each fault, without secrets."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.wrong: list[str] = []
        self._environment = environment

    def text(self, name: str) -> str | None:
        """Any text; None where it is not set."""
        return self._environment.get(name) or None

    def either(self, name: str, other: str) -> str | None:
        """What two names of one thing say; that they say different things is a fault."""
        one, two = self.text(name), self.text(other)
        if one is not None and two is not None and one != two:
            self.wrong.append(f"{name} and {other} are both set, and differ: they are two names of one. Unset one.")
        return one or two

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within its limits."""
        text = self.text(name) or str(default)
        if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
            return int(text)
        return self._not(name, text, f"a whole number from {least} to {most}", default)

    def choice(self, name: str, options: Sequence[str], default: str) -> str:
        """One of some words, in whatever case."""
        text = self.text(name) or default
        found = next((one for one in options if one.lower() == text.lower()), None)
        return found or self._not(name, text, f"one of {', '.join(options)}", default)

    def flag(self, name: str) -> bool:
        """Yes or no; no where it is not set."""
        text = (self.text(name) or "false").lower()
        if text in (*_YES, *_NO):
            return text in _YES
        return self._not(name, text, f"one of {', '.join((*_YES, *_NO))}", default=False)

    def address(self, name: str, default: str) -> str:
        """An address or a host's name to listen on."""
        text = self.text(name) or default
        if _HOST.fullmatch(text.lower()):
            return text
        return self._not(name, text, "an address or a name without a port, such as 0.0.0.0", default)

    def url(self, name: str, default: str) -> str:
        """A URL of http or https without its last slash; "" where there is neither one nor a default."""
        text = (self.text(name) or default).rstrip("/")
        if not text:
            return ""
        parts = _parts(text)
        # Credentials in it would be shown wherever the address is.
        if parts is not None and "@" not in parts.netloc and not (parts.query or parts.fragment):
            return text
        return self._not(name, text, "a URL, such as https://api.github.com", default)

    def origin(self, name: str) -> str | None:
        """An origin as browsers write it (https://www.rfc-editor.org/rfc/rfc6454#section-6.2), or None."""
        text = self.text(name)
        if text is None:
            return None
        parts = _parts(text)
        if parts is None or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            return self._not(name, text, "one origin without a path, such as https://ci.acme.dev", None)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}" + ("" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}")

    def _not(self, name: str, text: str, what: str, default: _T) -> _T:
        shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
        # What stands before an @ may be a password.
        is_what = "is not shown" if "@" in text else f"is {shown!r}"
        self.wrong.append(f"{name} {is_what}; it must be {what}.")
        return default


def _parts(text: str) -> SplitResult | None:
    """A URL's parts; None for what is no http(s) URL with a host in ASCII."""
    try:
        parts = urlsplit(text)
        fits = parts.scheme in _PORTS and _HOST.fullmatch(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if fits and text.isascii() else None
