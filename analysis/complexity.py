"""How much a person has to think before approving a patch, from its files, lines and kinds."""

from enum import StrEnum
from pathlib import PurePosixPath

from analysis.patch import FilePatch, Patch, split_lines
from analysis.patch.lines import changed_regions
from analysis.patch.text import decode


class Complexity(StrEnum):
    """How hard a patch is to judge, least first."""

    TRIVIAL = "trivial"
    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"


# At most so many files and changed lines (old and new counted once each) for each step below `complex`.
_LIMITS = ((Complexity.TRIVIAL, 1, 6), (Complexity.SIMPLE, 2, 24), (Complexity.MODERATE, 5, 100))
_STEPS = tuple(Complexity)
_PROSE = frozenset({".md", ".rst", ".adoc", ".txt"})
# What these decide shows only when something is built, installed or deployed with them.
_BUILD_SUFFIXES = frozenset(
    {".toml", ".yml", ".yaml", ".json", ".cfg", ".ini", ".gradle", ".tf", ".xml", ".mk", ".cmake"}
)
_BUILD_NAMES = frozenset({"dockerfile", "makefile", "go.mod", "gemfile", "cmakelists.txt", "requirements.txt"})


def complexity(patch: Patch) -> Complexity:
    """Grade a patch: by its size, one step harder where it touches how things are built, prose at most simple."""
    lines = sum(_changed_lines(patched) for patched in patch.files)
    names = [PurePosixPath(patched.path.lower()) for patched in patch.files]
    size = next((step for step, files, most in _LIMITS if len(names) <= files and lines <= most), Complexity.COMPLEX)
    if any(name.suffix in _BUILD_SUFFIXES or name.name in _BUILD_NAMES for name in names):
        return _STEPS[min(_STEPS.index(size) + 1, len(_STEPS) - 1)]
    if all(name.suffix in _PROSE for name in names):
        return min(size, Complexity.SIMPLE, key=_STEPS.index)
    return size


def _changed_lines(patched: FilePatch) -> int:
    before = split_lines(decode(patched.before or b"").text)
    after = split_lines(decode(patched.after).text)
    return sum(
        region.end - region.start + region.new_end - region.new_start for region in changed_regions(before, after)
    )
