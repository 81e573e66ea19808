"""A third-party module that the project imports and nothing installs, added to the file that the job installs from.

Only modules whose distribution is known for sure (`distributions.py`), which are none of the project's own, imported by
the project's own file, where the job's commands name the file. No version is invented.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.dependency_files import installed_by, is_for_tests, with_dependency
from analysis.recipes.distributions import distribution_of
from analysis.recipes.model import Proposal
from analysis.recipes.standard_library import is_standard
from analysis.recipes.stretches import in_repository, stretches

_MISSING = re.compile(r"^(?:E\s+)?(?:\w+\.)*ModuleNotFoundError: No module named '(?P<module>\w{1,100})(?:\.[\w.]+)?'$")
_RUN = re.compile(r"python[\d.]*: No module named (?P<module>\w{1,100})$")
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line \d+|^(?P<short>[^\s:]+\.py):\d+: in \S')


@dataclass(frozen=True, slots=True)
class MissingDependency:
    """The recipe `missing-dependency`."""

    name: str = "missing-dependency"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that the job installs from, and those that would make the module the project's own."""
        missing = _missing(diagnosis)
        if not missing:
            return frozenset()
        own = frozenset(path for module, importer in missing.items() for path in _own(module, importer))
        return own | installed_by(diagnosis.commands).paths

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Add each module's distribution to the file that it belongs to; all of them, or none."""
        installed = installed_by(diagnosis.commands)
        before = {path: text_of(file) for path, file in files.items() if path in installed.paths}
        after = dict(before)
        added: list[str] = []
        for module, importer in _missing(diagnosis).items():
            distribution = distribution_of(module)
            if distribution is None or any(path in files for path in _own(module, importer)):
                return None
            for_tests = importer is None or is_for_tests(importer)
            changed = with_dependency(installed, after, distribution, for_tests=for_tests)
            if changed is None:
                return None
            after[changed[0]] = changed[1]
            added.append(f"`{distribution}` to `{changed[0]}`")
        edits = tuple(edit for path in sorted(after) for edit in edits_between(path, before[path], after[path]))
        if not edits:
            return None
        return Proposal(
            recipe=self.name,
            summary=f"Add {', '.join(added)}",
            explanation=f"The project imports what nothing installs; this adds {', '.join(added)}, from which the job "
            "installs. No version is pinned: pin one as the project does.",
            edits=edits,
            confidence=0.85,
            settles=frozenset(
                at
                for at, place in enumerate(diagnosis.locations)
                if any(module in place.message for module in _missing(diagnosis)) or "No module" in place.message
            ),
        )


def _missing(diagnosis: Diagnosis) -> dict[str, str | None]:
    """Give each missing module with the repository's file that imports it; None where Python was asked to run it."""
    found = [pair for stretch in stretches(diagnosis) for pair in _in_lines(stretch.lines)]
    return {module: importer for module, importer in found if not is_standard(module)}


def _in_lines(lines: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    frame: str | None = None
    for line in lines:
        if match := _FRAME.match(line):
            frame = match["path"] or match["short"]
        elif match := _MISSING.match(line):
            importer = in_repository(frame) if frame else None
            if importer is not None:
                yield match["module"], importer
            frame = None
        elif match := _RUN.search(line):
            yield match["module"], None


def _own(module: str, importer: str | None) -> Iterator[str]:
    """Name the files whose presence would make a module the project's own."""
    folders = {"", "src", "lib", "tests", "test", "app"}
    folders |= {str(folder) for folder in PurePosixPath(importer).parents if str(folder) != "."} if importer else set()
    for folder in sorted(folders)[:20]:
        base = PurePosixPath(folder) / module
        yield f"{base}.py"
        yield f"{base}/__init__.py"
