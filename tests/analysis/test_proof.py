import subprocess
import sys
import time

import pytest

from analysis.edits import Edit, SourceFile
from analysis.patch import Patch, PatchError, ProofLevel, apply_edits, prove, text_of

GO = "package a\n\nfunc F() int {\n\treturn 1\n}\n"
JAVA = "class A {\n  int f() { return 1; }\n}\n"
RUST = "fn f() -> i32 {\n    1\n}\n"
C = '#include <stdio.h>\n\nint main(void) {\n  printf("1");\n  return 0;\n}\n'
CPP = "template <typename T>\nauto f(T x) -> T {\n  return x + 1;\n}\n"
RUBY = "class A\n  def f(x)\n    x + 1\n  end\nend\n"
PHP = "<?php\nfunction f(int $x): int {\n  return $x + 1;\n}\n"
CSHARP = "class A {\n  int F() => 1;\n}\n"
JS = "export const f = async (x) => {\n  return [...x, 1]\n}\n"
JSX = "export const A = () => <p className='a'>{1}</p>\n"
TS = "export function f<T>(x: T): T[] {\n  return [x]\n}\nlet y = <number>1\n"
TSX = "export const A = (p: { n: number }) => <p>{p.n + 1}</p>\n"
SHELL = 'if [ -n "$1" ]; then\n  echo "$1"\nfi\n'
DOCKER = "FROM python:3.11\nRUN pip install 1 && \\\n    true\n"
ENTRY = "#!/usr/bin/env bash\nif true; then\n  echo 1\nfi\n"

# path, a file that parses, what breaks it (a text and what it becomes), and one that does not parse.
KINDS = [
    ("a.py", "def f():\n    return 1\n", ("return 1", "return ("), "print 1\n"),
    ("a.pyi", "def f() -> int: ...\n", ("...", ")"), "print 1\n"),
    ("a.json", '{"a": 1}\n', ("1}", "1,}"), "{} // 1\n"),
    ("a.toml", "a = 1\n", ("1", ""), "a = {{ 1 }}\n"),
    ("a.yml", "a:\n  - 1\n", ("- 1", "- [1"), "a: {{ 1 }} }\n"),
    ("a.yaml", "a: 1\n", ("1", "b: 1"), "a: b: 1\n"),
    ("a.js", JS, ("]\n}", "]\n"), "func 1 = {\n"),
    ("a.mjs", JS, ("=> {", "=> {{"), "func 1 = {\n"),
    ("a.jsx", JSX, ("</p>", "</div"), "func 1 = {\n"),
    ("a.ts", TS, ("(x: T)", "(x: T"), "func 1 = {\n"),
    ("a.tsx", TSX, ("</p>", ""), "func 1 = {\n"),
    ("a.go", GO, ("int {", "int"), "class 1 {\n"),
    ("a.java", JAVA, ("return 1;", "return 1"), "func 1 (\n"),
    ("a.rs", RUST, ("1\n}", "1\n"), "class 1 (\n"),
    ("a.c", C, ('"1")', '"1"'), "class 1 (\n"),
    ("a.h", C, ("0;\n}", "0;\n"), "class 1 (\n"),
    ("a.h", CPP, ("x + 1;\n}", "x +;\n}"), "def 1 (\n"),
    ("a.cpp", CPP, ("x + 1;", "x + ;"), "def 1 (\n"),
    ("a.rb", RUBY, ("1\n  end", "1\n"), "func f() { 1\n"),
    ("a.php", PHP, ("+ 1;", "+ ;"), "<?php func f( 1\n"),
    ("a.cs", CSHARP, ("=> 1;", "=> ;"), "def 1 (\n"),
    ("a.sh", SHELL, ("\nfi\n", "\n"), 'if [ "1" ]; then\n'),
    ("bin/run", ENTRY, ("\nfi\n", "\n"), "#!/bin/sh\nif 1; then\n"),
    ("Dockerfile", DOCKER, ("RUN pip", "RUM pip"), "x = 1\n"),
    ("web/Dockerfile.dev", DOCKER, ("FROM python", "FORM python"), "x = 1\n"),
    ("Containerfile", DOCKER, ("FROM python:3.11", "FROM"), "x = 1\n"),
]
IDS = [f"{path}{'' if at == 0 else at}" for at, (path, *_) in enumerate(KINDS)]


def _patch(path: str, before: str | bytes, after: str) -> Patch:
    content = before.encode() if isinstance(before, str) else before
    one = SourceFile(path, content, "0" * 40)
    return apply_edits({path: one}, [Edit(path, text_of(one), after)])


@pytest.mark.parametrize(("path", "parsing"), [kind[:2] for kind in KINDS], ids=IDS)
def test_a_file_that_still_parses_is_proved_to(path: str, parsing: str) -> None:
    after = parsing.replace("1", "2") if "1" in parsing else parsing + "\n"
    assert prove(_patch(path, parsing, after)) is ProofLevel.PARSES


@pytest.mark.parametrize(("path", "parsing", "broken"), [kind[:3] for kind in KINDS], ids=IDS)
def test_a_file_that_no_longer_parses_is_an_error(path: str, parsing: str, broken: tuple[str, str]) -> None:
    assert broken[0] in parsing
    with pytest.raises(PatchError, match="no longer parse"):
        prove(_patch(path, parsing, parsing.replace(*broken)))


@pytest.mark.parametrize(("path", "unread"), [(kind[0], kind[3]) for kind in KINDS], ids=IDS)
def test_a_file_that_did_not_parse_before_proves_nothing(path: str, unread: str) -> None:
    assert prove(_patch(path, unread, unread.replace("1", "2") + "\n")) is ProofLevel.APPLIES


@pytest.mark.parametrize(("path", "parsing", "unread"), [(p, good, bad) for p, good, _, bad in KINDS], ids=IDS)
def test_a_file_that_parses_again_is_proved_to(path: str, parsing: str, unread: str) -> None:
    assert prove(_patch(path, unread, parsing)) is ProofLevel.PARSES


@pytest.mark.parametrize(("path", "parsing", "broken"), [kind[:3] for kind in KINDS], ids=IDS)
def test_a_new_file_that_does_not_parse_is_an_error(path: str, parsing: str, broken: tuple[str, str]) -> None:
    with pytest.raises(PatchError, match="no longer parse"):
        prove(apply_edits({}, [Edit(path, "", parsing.replace(*broken))]))


@pytest.mark.parametrize("path", ["notes.txt", "LICENSE", "a.unknown", "run"])
def test_a_file_of_no_known_kind_only_applies(path: str) -> None:
    assert prove(_patch(path, "a (\n", "b (\n")) is ProofLevel.APPLIES


def test_the_error_names_the_line_that_is_not_understood() -> None:
    with pytest.raises(PatchError, match=r"a\.go: would no longer parse: .*line 4"):
        prove(_patch("a.go", GO, GO.replace("return 1", "return 1 1")))


def test_the_error_names_the_token_that_is_missing() -> None:
    with pytest.raises(PatchError, match="';' is missing on line 2"):
        prove(_patch("A.java", JAVA, JAVA.replace("return 1;", "return 1")))


def test_a_file_that_declares_its_encoding_is_read_in_it() -> None:
    head = "# coding: latin-1\n"
    assert prove(_patch("a.py", (head + "x = 'é'\n").encode("latin-1"), head + "x = 'è'\n")) is ProofLevel.PARSES


def test_json_nested_beyond_reason_is_an_error() -> None:
    with pytest.raises(PatchError, match="nested too deeply"):
        prove(_patch("a.json", "{}", "[" * 100_000))


def test_one_file_that_is_not_parsed_keeps_the_patch_at_applies() -> None:
    patch = apply_edits({}, [Edit("a.py", "", "x = 1\n"), Edit("b.txt", "", "x")])
    assert prove(patch) is ProofLevel.APPLIES


def test_a_file_too_large_to_be_written_by_people_only_applies() -> None:
    large = "x = 1\n" * 50_000
    assert prove(_patch("a.py", large, large + "y = (\n")) is ProofLevel.APPLIES


@pytest.mark.parametrize(("path", "text"), [("a.sh", "<<A\n" * 50_000), ("a.cpp", "a<" * 100_000)])
def test_a_file_made_to_be_slow_stops_in_bounded_time_and_proves_nothing(path: str, text: str) -> None:
    began = time.thread_time()
    assert prove(_patch(path, "", text)) is ProofLevel.APPLIES
    # Twenty times the allowance: alone, without it, these take a minute and more.
    assert time.thread_time() - began < 10


def test_no_grammar_is_loaded_before_a_file_of_its_kind_is_proved() -> None:
    program = "import sys, analysis.patch; print([n for n in sys.modules if n.startswith('tree_sitter_')])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"[]\n"
