"""How far a patch has been proved, in words that claim no more than was done."""

from enum import StrEnum

from analysis.patch.apply import FilePatch, Patch, PatchError
from analysis.patch.grammars import Allowance, TooLong
from analysis.patch.parsers import Parse, parser_of

# Beyond it a file is generated or data. Sources that people write stay well below, and parsing one takes tens of
# milliseconds; this is also what bounds the parsers that know no time limit.
_MAX_PARSED_BYTES = 256 << 10
# For all files of a patch. Only files made to be slow come near it.
_MOST_SECONDS = 0.5


class ProofLevel(StrEnum):
    """What was done to prove a patch, weakest first."""

    APPLIES = "applies"
    PARSES = "parses"
    COMMAND = "command re-run"
    CI = "CI green"


def prove(patch: Patch) -> ProofLevel:
    """Parse every changed file: PARSES when all of them do, APPLIES when one is of a kind that is not parsed here.

    Raises PatchError for a file that parsed before (or is new) and no longer does. One that did not parse before
    either (another version of the language, comments in JSON, a template) proves nothing and stays APPLIES; so does
    one of more than 256 KiB, and what is not read when half a second of processor time is spent.
    """
    allowance = Allowance(_MOST_SECONDS)
    parsed = [_parses(one, allowance) for one in patch.files]
    return ProofLevel.PARSES if all(parsed) else ProofLevel.APPLIES


def _parses(patched: FilePatch, allowance: Allowance) -> bool:
    parse = parser_of(patched.path, patched.after)
    if parse is None or max(len(patched.after), len(patched.before or b"")) > _MAX_PARSED_BYTES:
        return False
    try:
        return _still_parses(patched, parse, allowance)
    except TooLong:
        return False


def _still_parses(patched: FilePatch, parse: Parse, allowance: Allowance) -> bool:
    problem = parse(patched.after, allowance)
    if problem is None:
        return True
    if patched.before is None or parse(patched.before, allowance) is None:
        raise PatchError(patched.path, f"would no longer parse: {problem}")
    return False
