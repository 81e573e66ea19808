"""Which parser reads which file: the language's own where Python has it, tree-sitter's grammar otherwise."""

import ast
import json
import re
import tomllib
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath

import yaml

from analysis.patch.grammars import Allowance, Grammar, fault
from analysis.patch.text import decode

Parse = Callable[[bytes, Allowance], str | None]
"""Says what is wrong with a file; None if nothing is. Raises TooLong where the allowance does not suffice."""

_SHEBANG = re.compile(rb"#!\s*/\S*/(env\s+(-S\s+)?)?(?P<program>\w+)")
_DOCKERFILE = re.compile(r"^(dockerfile|containerfile)([._-].+)?$|\.(dockerfile|containerfile)$")


def parser_of(path: str, content: bytes) -> Parse | None:
    """Give the parser for a file by its name, or by its first line where the name has no suffix; None if unknown."""
    name = PurePosixPath(path).name.lower()
    if _DOCKERFILE.search(name):
        return _containerfile
    if suffix := PurePosixPath(name).suffix:
        return _BY_SUFFIX.get(suffix)
    shebang = _SHEBANG.match(content[:200])
    return _BY_PROGRAM.get(shebang["program"].decode()) if shebang else None


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


def _own(parse: Callable[[bytes], None]) -> Parse:
    """Wrap a parser that raises. These take time in proportion to the file, whose size is bounded."""

    def problem(content: bytes, _allowance: Allowance) -> str | None:
        try:
            parse(content)
        except (SyntaxError, ValueError, yaml.YAMLError) as error:
            return str(error) or type(error).__name__
        except (RecursionError, MemoryError):
            return "it is nested too deeply"
        return None

    return problem


def _by(module: str, function: str = "language") -> Parse:
    return partial(fault, Grammar(module, function))


def _header(content: bytes, allowance: Allowance) -> str | None:
    """Read a `.h` file, which is C as often as C++: well formed in either is well formed."""
    in_c = _c(content, allowance)
    return in_c if in_c is None else _cpp(content, allowance) and in_c


_c, _cpp, _shell, _containerfile = _by("c"), _by("cpp"), _by("bash"), _by("containerfile")
_own_python, _own_yaml, _own_json = _own(_python), _own(_yaml), _own(_json)
_javascript, _typescript = _by("javascript"), _by("typescript", "language_typescript")
_ruby, _php = _by("ruby"), _by("php", "language_php")

_BY_SUFFIX: dict[str, Parse] = {
    **dict.fromkeys((".py", ".pyi"), _own_python),
    **dict.fromkeys((".yml", ".yaml"), _own_yaml),
    **dict.fromkeys((".json", ".ipynb", ".webmanifest"), _own_json),
    ".toml": _own(_toml),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), _javascript),
    **dict.fromkeys((".ts", ".mts", ".cts"), _typescript),
    ".tsx": _by("typescript", "language_tsx"),
    ".go": _by("go"),
    ".java": _by("java"),
    ".rs": _by("rust"),
    ".c": _c,
    ".h": _header,
    **dict.fromkeys((".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"), _cpp),
    **dict.fromkeys((".rb", ".rake", ".gemspec"), _ruby),
    **dict.fromkeys((".php", ".phtml"), _php),
    ".cs": _by("c_sharp"),
    **dict.fromkeys((".sh", ".bash"), _shell),
}
_BY_PROGRAM: dict[str, Parse] = {
    **dict.fromkeys(("python", "python3"), _own_python),
    **dict.fromkeys(("sh", "bash", "dash"), _shell),
    "node": _javascript,
    "ruby": _ruby,
    "php": _php,
}
