"""What pre-commit's hooks print, line by line under their ids, and the arguments that its configuration gives them."""

import re
from collections.abc import Iterator

import yaml

from analysis.edits import SourceFile
from analysis.patch import text_of
from analysis.recipes.stretches import Stretch

CONFIG = ".pre-commit-config.yaml"
"""Where pre-commit reads which hooks to run."""
_HOOK_ID = re.compile(r"^- hook id: (\S+)$")
_STATUS = re.compile(r"\.{3,}.*(Passed|Failed|Skipped)$")


def lines_of_hooks(stretch: Stretch) -> Iterator[tuple[str | None, str]]:
    """Give each line with the id of the hook that printed it; None where none did."""
    hook: str | None = None
    for line in stretch.lines:
        match = _HOOK_ID.match(line)
        if match or _STATUS.search(line):
            hook = match[1] if match else None
            yield None, line
        else:
            yield hook, line


def hook_arguments(config: SourceFile | None, hook_id: str) -> tuple[str, ...]:
    """Read the arguments of a hook; none where there is no configuration, or it is not YAML."""
    if config is None:
        return ()
    try:
        document = yaml.safe_load(text_of(config))
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    hooks = [hook for repository in _list(document, "repos") for hook in _list(repository, "hooks")]
    chosen = [hook for hook in hooks if isinstance(hook, dict) and hook.get("id") == hook_id]
    return tuple(str(argument) for hook in chosen for argument in _list(hook, "args"))


def _list(table: object, key: str) -> list[object]:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, list) else []
