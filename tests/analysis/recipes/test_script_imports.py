import pytest

from analysis.recipes.script_source import opening_imports, uses
from tests.analysis.recipes.told import mended

CART = "/home/runner/work/shop/shop/src/cart.js"
COUNT = "\n✖ 1 problem (1 error, 0 warnings)\n"


def eslint(rows: str, text: str, path: str = CART) -> str | None:
    inside = path.removeprefix("/home/runner/work/shop/shop/")
    return mended("eslint .", f"\n{path}\n{rows}\n{COUNT}", {inside: text}).get(inside)


def unused(line: int, column: int, name: str) -> str:
    return f"  {line}:{column}  error  '{name}' is defined but never used  no-unused-vars"


@pytest.mark.parametrize(
    ("text", "place", "name", "after"),
    [
        ('import a from "a";\nimport { b } from "b";\n\nb();\n', (1, 8), "a", 'import { b } from "b";\n\nb();\n'),
        ("import a, { b } from 'a'\n\nb()\n", (1, 8), "a", "import { b } from 'a'\n\nb()\n"),
        ("import a, { b } from 'a'\n\na()\n", (1, 13), "b", "import a from 'a'\n\na()\n"),
        ("import a, * as b from 'a'\n\na()\n", (1, 16), "b", "import a from 'a'\n\na()\n"),
        ("import {a,b} from 'a';\na();\n", (1, 11), "b", "import {a} from 'a';\na();\n"),
        ("import { x as a, b } from 'a';\nb();\n", (1, 15), "a", "import { b } from 'a';\nb();\n"),
        ("// Licence\n\nimport a from 'a';\n\nf();\n", (3, 8), "a", "// Licence\n\nf();\n"),
        ("import {\n  a,\n  b\n} from 'a';\na();\n", (3, 3), "b", "import {\n  a\n} from 'a';\na();\n"),
        ("import {\n  a,\n  b,\n} from 'a';\nb();\n", (2, 3), "a", "import {\n  b,\n} from 'a';\nb();\n"),
    ],
)
def test_an_unused_import_goes_and_the_rest_stays_as_it_was_written(
    text: str, place: tuple[int, int], name: str, after: str
) -> None:
    assert eslint(unused(*place, name), text) == after


@pytest.mark.parametrize(
    ("text", "place", "name"),
    [
        ('import a from "./polyfill.js";\n', (1, 8), "a"),
        ('import styles from "./cart.css";\n', (1, 8), "styles"),
        ('import Cart from "./cart";\n\nconst page = <Cart />;\n', (1, 8), "Cart"),
        ('import React from "react";\n', (1, 8), "React"),
        ('import a from "a";\n', (2, 8), "a"),
        ('import b from "a";\n', (1, 8), "a"),
        ('const text = `\nimport a from "a";\n`;\n', (2, 8), "a"),
        ('f();\nimport a from "a";\n', (2, 8), "a"),
        ("import { /* the first */ a } from 'a';\n", (1, 26), "a"),
        ("function f(a) {}\n", (1, 12), "a"),
    ],
    ids=[
        "a module that acts",
        "a style sheet",
        "a tag",
        "what JSX needs",
        "a line too far",
        "another name",
        "a template",
        "below code",
        "a comment inside",
        "a parameter",
    ],
)
def test_what_may_be_meant_stays(text: str, place: tuple[int, int], name: str) -> None:
    assert eslint(unused(*place, name), text) is None


def test_a_name_that_is_not_defined_leaves_every_import_of_the_file() -> None:
    rows = unused(1, 10, "total") + "\n  3:1  error  'totl' is not defined  no-undef"
    assert eslint(rows, 'import { total } from "./sum";\n\ntotl();\n') is None


def test_typescript_places_a_whole_import_at_its_beginning() -> None:
    text = 'import { a } from "./a";\nimport b, { c } from "./b";\nimport { d, e } from "./d";\n\nd();\n'
    printed = (
        "src/cart.ts(1,1): error TS6133: 'a' is declared but its value is never read.\n"
        "src/cart.ts(2,1): error TS6192: All imports in import declaration are unused.\n"
        "src/cart.ts(3,13): error TS6133: 'e' is declared but its value is never read."
    )
    assert mended("tsc", printed, {"src/cart.ts": text}) == {"src/cart.ts": 'import { d } from "./d";\n\nd();\n'}


def test_typescript_names_a_local_variable_in_the_same_words_and_it_stays() -> None:
    printed = "src/cart.ts(3,7): error TS6133: 'a' is declared but its value is never read."
    assert mended("tsc", printed, {"src/cart.ts": 'import { b } from "./a";\n\nconst a = b();\n'}) == {}


def test_a_name_in_a_comment_or_a_string_is_no_use_and_one_in_a_template_is() -> None:
    assert uses("// a\n/* a */ 'a' \"a\"", "a") == 0
    assert uses("`${a}`", "a") == 1
    assert uses("a$ $a ab", "a") == 0


def test_imports_are_read_behind_directives_and_comments() -> None:
    text = '#!/usr/bin/env node\n"use strict";\n/* one */\nimport "x";\nimport type { A, B as C } from "y";\n'
    assert [[name.name for name in one.names] for one in opening_imports(text)] == [["A", "C"]]
