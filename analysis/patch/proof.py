"""How far a patch has been proved, in words that claim no more than was done."""

import ast
import json
import tomllib
import warnings
from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePosixPath

import yaml

from analysis.patch.apply import FilePatch, Patch, PatchError
from analysis.patch.text import decode


class ProofLevel(StrEnum):
    """What was done to prove a patch, weakest first."""

    APPLIES = "applies"
    PARSES = "parses"
    COMMAND = "command re-run"
    CI = "CI green"


def prove(patch: Patch) -> ProofLevel:
    """Parse every changed file: PARSES when all of them do, APPLIES when one is of a kind that is not parsed here.

    Raises PatchError for a file that parsed before (or is new) and no longer does. One that did not parse before
    either (another version of the language, comments in JSON, a template) proves nothing and stays APPLIES.
    """
    parsed = [_parses(one) for one in patch.files]
    return ProofLevel.PARSES if all(parsed) else ProofLevel.APPLIES


def _parses(patched: FilePatch) -> bool:
    parse = _PARSERS.get(PurePosixPath(patched.path).suffix.lower())
    if parse is None:
        return False
    problem = _problem(parse, patched.after)
    if problem is None:
        return True
    if patched.before is None or _problem(parse, patched.before) is None:
        raise PatchError(patched.path, f"would no longer parse: {problem}")
    return False


def _problem(parse: Callable[[bytes], None], content: bytes) -> str | None:
    try:
        parse(content)
    except (SyntaxError, ValueError, yaml.YAMLError) as error:
        return str(error) or type(error).__name__
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return None


def _python(content: bytes) -> None:
    with warnings.catch_warnings():
        # An escape such as "\d" warns; whether it should is the project's linter's business.
        warnings.simplefilter("ignore")
        ast.parse(content)


def _json(content: bytes) -> None:
    json.loads(decode(content).text)


def _toml(content: bytes) -> None:
    tomllib.loads(decode(content).text)


def _yaml(content: bytes) -> None:
    # Events only: building the document would expand its aliases, which may grow without bound.
    for _ in yaml.parse(decode(content).text, Loader=yaml.CSafeLoader):
        pass


_PARSERS: dict[str, Callable[[bytes], None]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
    ".yml": _yaml,
    ".yaml": _yaml,
}
