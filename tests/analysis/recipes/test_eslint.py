import pytest

from tests.analysis.recipes.test_script_imports import eslint


def row(line: int, column: int, message: str, rule: str) -> str:
    return f"  {line}:{column}  error  {message}  {rule}"


@pytest.mark.parametrize(
    ("text", "finding", "after"),
    [
        ("f()\n", (1, 4, "Missing semicolon", "semi"), "f();\n"),
        ("f()\n", (1, 4, "Missing semicolon", "@stylistic/semi"), "f();\n"),
        ("f();\ng()\n", (1, 4, "Extra semicolon", "semi"), "f()\ng()\n"),
        ("f();;\n", (1, 5, "Unnecessary semicolon", "no-extra-semi"), "f();\n"),
        ("f('a');\n", (1, 3, "Strings must use doublequote", "quotes"), 'f("a");\n'),
        ('f("a");\n', (1, 3, "Strings must use singlequote", "quotes"), "f('a');\n"),
        ("f();  \n", (1, 5, "Trailing spaces not allowed", "no-trailing-spaces"), "f();\n"),
        ("f();", (1, 5, "Newline required at end of file but not found", "eol-last"), "f();\n"),
        (
            "a();\n\n\n\nb();\n",
            (3, 1, "More than 1 blank line not allowed", "no-multiple-empty-lines"),
            "a();\n\nb();\n",
        ),
        ("{\n    f();\n}\n", (2, 1, "Expected indentation of 2 spaces but found 4", "indent"), "{\n  f();\n}\n"),
        ("f([\n  1\n]);\n", (2, 4, "Missing trailing comma", "comma-dangle"), "f([\n  1,\n]);\n"),
        ("f();\ndebugger;\n", (2, 1, "Unexpected 'debugger' statement", "no-debugger"), "f();\n"),
        (
            'if (typeof a == "string") f();\n',
            (1, 14, "Expected '===' and instead saw '=='", "eqeqeq"),
            'if (typeof a === "string") f();\n',
        ),
        ("let a = 1;\n", (1, 5, "'a' is never reassigned. Use 'const' instead", "prefer-const"), "const a = 1;\n"),
        (
            "let a = {\n  b: 1,\n};\n",
            (1, 5, "'a' is never reassigned. Use 'const' instead", "prefer-const"),
            "const a = {\n  b: 1,\n};\n",
        ),
        (
            "for (let a of b) f(a);\n",
            (1, 10, "'a' is never reassigned. Use 'const' instead", "prefer-const"),
            "for (const a of b) f(a);\n",
        ),
        ("f();\nlet a = 1;\n", (2, 5, "'a' is assigned a value but never used", "no-unused-vars"), "f();\n"),
        (
            "try {\n  f();\n} catch (e) {\n  g();\n}\n",
            (3, 10, "'e' is defined but never used", "no-unused-vars"),
            "try {\n  f();\n} catch {\n  g();\n}\n",
        ),
    ],
)
def test_a_finding_with_one_answer_is_mended_as_eslint_does(
    text: str, finding: tuple[int, int, str, str], after: str
) -> None:
    assert eslint(row(*finding), text) == after


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("f();\n(g)();\n", (1, 4, "Extra semicolon", "semi")),
        ("f('a\"b');\n", (1, 3, "Strings must use doublequote", "quotes")),
        ("f(`a`);\n", (1, 3, "Strings must use doublequote", "quotes")),
        ("if (a == b) f();\n", (1, 7, "Expected '===' and instead saw '=='", "eqeqeq")),
        ("let a = 1, b = 2;\n", (1, 5, "'a' is never reassigned. Use 'const' instead", "prefer-const")),
        ("let a = f(\n), b = 2;\n", (1, 5, "'a' is never reassigned. Use 'const' instead", "prefer-const")),
        ("let a;\na = 1;\n", (1, 5, "'a' is never reassigned. Use 'const' instead", "prefer-const")),
        ("let { a } = b;\n", (1, 7, "'a' is never reassigned. Use 'const' instead", "prefer-const")),
        ("const a = f();\n", (1, 7, "'a' is assigned a value but never used", "no-unused-vars")),
        ("let a = 1;\na = 2;\n", (1, 5, "'a' is assigned a value but never used", "no-unused-vars")),
        ("g();\n", (1, 4, "Trailing spaces not allowed", "no-trailing-spaces")),
        ("f();\n", (1, 1, "Unexpected console statement", "no-console")),
    ],
    ids=[
        "the next line would join",
        "a quote inside",
        "a template",
        "comparing anything",
        "two in one",
        "two in one, a line below",
        "not initialized",
        "taken apart",
        "what it calls",
        "assigned again",
        "a stale log",
        "another rule",
    ],
)
def test_a_finding_with_two_answers_is_left_alone(text: str, finding: tuple[int, int, str, str]) -> None:
    assert eslint(row(*finding), text) is None
