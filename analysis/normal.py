"""The same words for the same failure: what changes from run to run is taken out of a message."""

import re

_CHECKOUT = re.compile(
    r"(?:/home/runner/work|/Users/runner/work|/__w|/home/vsts/work/1/s|/github/workspace|/builds|[A-Za-z]:[\\/]a)"
    r"[\\/](?:[^\\/\s:'\"]{1,100}[\\/][^\\/\s:'\"]{1,100}[\\/])?"
    # A runner of one's own works in `_work/NAME/NAME`, wherever it was installed.
    r"|/(?:[^/\s:'\"]{1,100}/){0,20}_?work/(?P<name>[^/\s:'\"]{1,100})/(?P=name)/"
)
_WORKSPACE = re.compile(
    r"^(?:/github/workspace/|/app/|/workspace/|/src/(?=\w)|/usr/src/app/|/code/|/repo/|/work/|/build/)"
)
_CHANGING = (
    (re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"), "<id>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<address>"),
    (re.compile(r"\b(?=[0-9a-f]{0,40}\d)(?=[0-9a-f]{0,40}[a-f])[0-9a-f]{7,64}\b"), "<hash>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T _]\d\d[:_-]\d\d(?:[:_-]\d\d)?(?:[.,_]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b"), "<host>"),
    (re.compile(r"\b\d+(?:\.\d+)?\s?(?:ms|s|sec|secs|seconds?|minutes?|m|h|us|µs|ns|[KMG]i?B|%)\b"), "<amount>"),
    (
        re.compile(
            r"\[?\b(?:gw|shard|attempt|worker|process|pid|thread|retry)[ #:=-]{0,2}\d+(?:\s?(?:/|of)\s?\d+)?\]?"
        ),
        "<n>",
    ),
    (re.compile(r"(?:/tmp|/var/folders|/private/var|/var/tmp)/[\w./+-]+"), "<temporary>"),
    (re.compile(r"\s+"), " "),
)
_STATUS = r"\b(?:(?:status|code|signal|exited|HTTP(?:/\d(?:\.\d)?)?)[ :=(]{1,3}\d{1,3}|error[ :=(]{1,3}[1-5]\d\d)\b"
"""What a program or server answered: 404 and 503 are two failures."""
_NUMBER = re.compile(rf"({_STATUS})|\d{{6,}}|(?<![A-Za-z_\d])\d+", re.IGNORECASE)
"""A rule's code and a numbered test keep their digits; six and more are some counter's."""


def normal(text: str) -> str:
    """Take times, counts, addresses, hashes, ports and checkout paths out of one message of at most 1,000 letters."""
    text = _CHECKOUT.sub("", text[:1000].replace("\\", "/"))
    for pattern, word in _CHANGING:
        text = pattern.sub(word, text)
    return _NUMBER.sub(lambda found: found[1] or "<n>", text).strip()


def relative(path: str) -> str:
    """Give a path as the repository has it: without the runner's checkout folder, with forward slashes."""
    path = _WORKSPACE.sub("", _CHECKOUT.sub("", path.replace("\\", "/").removeprefix("file://")))
    while path.startswith("./"):
        path = path[2:]
    return path
