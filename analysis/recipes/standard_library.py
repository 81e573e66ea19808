"""What Python's own library offers, asked of the one this process runs on."""

import importlib
import importlib.util
import sys
import warnings
from types import ModuleType

# Loading these does something that is seen (a browser, a window, a poem), or they are not for programs to use.
_NEVER = frozenset({"antigravity", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo"})


def is_standard(name: str) -> bool:
    """Whether a name is a public module of the standard library that a program may import."""
    return name in sys.stdlib_module_names and not name.startswith("_") and name not in _NEVER


def modules_offering(name: str, chains: frozenset[tuple[str, ...]]) -> frozenset[str] | None:
    """Name the modules to import so that `name.a.b` works for each chain `(a, b)`; None if one is not offered.

    `urllib` with `parse.quote` needs `urllib.parse`; `math` with `pi` needs `math`.
    """
    needed: set[str] = set()
    for chain in chains:
        module = _offering(name, chain) if is_standard(name) else None
        if module is None:
            return None
        needed.add(module)
    # `import os.path` binds `os` as well; the plain name is for when nothing deeper is needed.
    return frozenset(needed - {name} or {name})


def _offering(name: str, chain: tuple[str, ...]) -> str | None:
    module = _load(name)
    for attribute in chain:
        if module is None:
            return None
        if not _is_submodule(module, attribute):
            return module.__name__ if hasattr(module, attribute) else None
        module = _load(f"{module.__name__}.{attribute}")
    return module.__name__ if module is not None else None


def _load(name: str) -> ModuleType | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            return None


def _is_submodule(module: ModuleType, attribute: str) -> bool:
    # Only a package has modules inside; `os` is none, though it offers `os.path`.
    if not hasattr(module, "__path__"):
        return False
    return importlib.util.find_spec(f"{module.__name__}.{attribute}") is not None
