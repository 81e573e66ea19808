"""A version that does not exist, named by pip's resolver with those that do: the nearest of them takes its place.

pip lists all versions that it found: `Could not find a version that satisfies the requirement X==9 (from versions: …)`;
those that pip left out for the Python at hand do exist, and are another question.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.dependency_files import installed_by, normalised
from analysis.recipes.model import Proposal
from analysis.recipes.stretches import stretches

_UNKNOWN = re.compile(
    r"ERROR: Could not find a version that satisfies the requirement "
    r"(?P<name>[A-Za-z0-9][\w.-]{0,100})(?:\[[\w,. -]*\])?(?P<operator>==|>=|~=)(?P<version>\d+(?:\.\d+)*) "
    r"(?:\(from [^()]*(?:\([^()]*\))?\) )?\(from versions: (?P<known>[^()]+)\)"
)
_IGNORED = re.compile(r"ERROR: Ignored the following versions that require a different python version: (?P<ignored>.+)")
_FINAL = re.compile(r"^\d+(?:\.\d+)*$")
_CUT = "[…]"

_Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    operator: str
    version: str
    nearest: str


@dataclass(frozen=True, slots=True)
class UnknownVersion:
    """The recipe `unknown-version`."""

    name: str = "unknown-version"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that the job installs from."""
        if not any(True for _ in _asked(diagnosis)):
            return frozenset()
        return installed_by(diagnosis.commands).paths

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Name the nearest known version, if exactly one line of the files asks for the unknown one."""
        paths = installed_by(diagnosis.commands).paths
        texts = {path: text_of(file) for path, file in files.items() if path in paths and not path.endswith(".lock")}
        for asked in _asked(diagnosis):
            pattern = _requirement(asked)
            found = [(path, match) for path, text in texts.items() for match in pattern.finditer(text)]
            if len(found) != 1:
                continue
            path, match = found[0]
            after = texts[path][: match.start("version")] + asked.nearest + texts[path][match.end("version") :]
            return Proposal(
                recipe=self.name,
                summary=f"Ask for `{asked.name}{asked.operator}{asked.nearest}`, which exists",
                explanation=f"There is no `{asked.name}` {asked.version}; the nearest version that pip lists is "
                f"{asked.nearest}. If another one was meant, change it.",
                edits=edits_between(path, texts[path], after),
                # That the version does not exist is certain; which one was meant is not.
                confidence=0.7,
                settles=frozenset(at for at, place in enumerate(diagnosis.locations) if asked.name in place.message),
            )
        return None


def _asked(diagnosis: Diagnosis) -> Iterator[_Asked]:
    lines = [line for stretch in stretches(diagnosis) for line in stretch.lines]
    ignored = " ".join(match["ignored"] for line in lines if (match := _IGNORED.search(line)))
    for line in lines:
        match = _UNKNOWN.search(line)
        if match is None or _CUT in match["known"] or f"{match['version']} Requires-Python" in ignored:
            continue
        known = [version.strip() for version in match["known"].split(",")]
        nearest = _nearest(match["version"], known)
        # A version that exists and is not taken failed for another reason.
        if nearest is not None and _parts(nearest) != _parts(match["version"]):
            yield _Asked(match["name"], match["operator"], match["version"], nearest)


def _nearest(version: str, known: Sequence[str]) -> str | None:
    """Give the final version that agrees with the asked one the furthest; of two, the older."""
    asked = _parts(version)
    finals = {_parts(each): each for each in known if _FINAL.match(each)}
    if not finals or any(each.startswith(version) and not _FINAL.match(each) for each in known):
        return None
    below = max((each for each in finals if each <= asked), default=None)
    above = min((each for each in finals if each > asked), default=None)
    near = [each for each in (below, above) if each is not None]
    return finals[max(near, key=lambda each: (_agreement(each, asked), each == below))]


def _parts(version: str) -> _Version:
    parts = [int(part) for part in version.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _agreement(one: _Version, other: _Version) -> int:
    agreed = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        agreed += 1
    return agreed


def _requirement(asked: _Asked) -> re.Pattern[str]:
    name = re.sub(r"-", "[-_.]+", re.escape(normalised(asked.name)).replace("\\-", "-"))
    return re.compile(
        rf"(?im)(?<![\w.-]){name}[ \t]*(?:\[[^\]\n]*\])?[ \t]*{re.escape(asked.operator)}[ \t]*"
        rf"(?P<version>{re.escape(asked.version)})(?![\w.*])"
    )
