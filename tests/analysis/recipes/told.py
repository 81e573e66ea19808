"""What recipes make of a tool's words: the log is what the tool printed for these files, wrapped as a job's is."""

from collections.abc import Mapping

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.patch import apply_edits, text_of
from analysis.recipes import advise_all, propose_all, wanted
from tests.analysis.recipes.red import Check, actions_log


def diagnosed(command: str, printed: str, code: int = 1) -> Diagnosis:
    """Diagnose a job whose step ran the command, printed this and ended with the code."""
    return analyze([actions_log(Check("Check", command, ()), printed, code)])


def mended(command: str, printed: str, files: Mapping[str, str]) -> dict[str, str]:
    """Give the texts that the recipes change, as they are then; none where no recipe proposes anything."""
    diagnosis = diagnosed(command, printed)
    sources = {path: SourceFile(path, text.encode(), "0" * 40) for path, text in files.items()}
    proposal = propose_all([diagnosis], {path: sources[path] for path in wanted([diagnosis]) & sources.keys()})
    if proposal is None:
        return {}
    patch = apply_edits(sources, proposal.edits)
    return {one.path: text_of(SourceFile(one.path, one.after, "")) for one in patch.files}


def advised(command: str, printed: str, code: int = 1) -> tuple[str, ...]:
    """Give what the advisers say."""
    return tuple(one.text for one in advise_all([diagnosed(command, printed, code)]))
