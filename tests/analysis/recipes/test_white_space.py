import pytest

from tests.analysis.recipes.told import mended


@pytest.mark.parametrize(
    ("command", "printed", "path", "text", "after"),
    [
        ("yamllint .", "a.yml:1:5: [error] trailing spaces (trailing-spaces)", "a.yml", "a: 1  \n", "a: 1\n"),
        (
            "yamllint .",
            "./a.yml\n  1:5       error    trailing spaces  (trailing-spaces)",
            "a.yml",
            "a: 1  \n",
            "a: 1\n",
        ),
        ("yamllint .", "##[group]a.yml\n##[error]1:5 [trailing-spaces] trailing spaces", "a.yml", "a: 1  \n", "a: 1\n"),
        ("yamllint .", "a.yml:1:5: [error] too many spaces after colon (colons)", "a.yml", "a:   1\n", "a: 1\n"),
        ("yamllint .", "a.yml:1:7: [error] too few spaces after comma (commas)", "a.yml", "a: [1,2]\n", "a: [1, 2]\n"),
        (
            "yamllint .",
            "a.yml:4:1: [error] too many blank lines (3 > 2) (empty-lines)",
            "a.yml",
            "a: 1\n\n\n\nb: 2\n",
            "a: 1\n\n\nb: 2\n",
        ),
        (
            "markdownlint .",
            "a.md:1:2 MD009/no-trailing-spaces Trailing spaces [Expected: 0 or 2; Actual: 1]",
            "a.md",
            "a \n",
            "a\n",
        ),
        (
            "markdownlint .",
            "a.md:3 MD012/no-multiple-blanks Multiple consecutive blank lines [Expected: 1; Actual: 2]",
            "a.md",
            "a\n\n\nb\n",
            "a\n\nb\n",
        ),
        (
            "markdownlint .",
            "a.md:2 MD022 Headings should be surrounded by blank lines [Expected: 1; Actual: 0; Above]",
            "a.md",
            "a\n# b\n",
            "a\n\n# b\n",
        ),
        (
            "rubocop",
            "a.rb:1:2: C: [Correctable] Layout/TrailingWhitespace: Trailing whitespace detected.",
            "a.rb",
            "a \n",
            "a\n",
        ),
        ("rubocop", "a.rb:1:1: C: [Correctable] Layout/TrailingEmptyLines: Final newline missing.", "a.rb", "a", "a\n"),
        (
            "phpcs src",
            "/home/runner/work/shop/shop/a.php:1:6: error - Whitespace found at end of line",
            "a.php",
            "<?php \n",
            "<?php\n",
        ),
    ],
)
def test_white_space_is_mended_where_the_linter_saw_it(
    command: str, printed: str, path: str, text: str, after: str
) -> None:
    assert mended(command, printed, {path: text}) == {path: after}


@pytest.mark.parametrize(
    ("command", "printed", "path", "text"),
    [
        ("yamllint .", "a.yml:2:4: [error] trailing spaces (trailing-spaces)", "a.yml", "a: |\n  b  \n  c\n"),
        ("yamllint .", "a.yml:1:5: [error] trailing spaces (trailing-spaces)", "a.yml", "a: 1\n"),
        ("yamllint .", "a.yml:1:5: [warning] trailing spaces (trailing-spaces)", "a.yml", "a: 1  \n"),
        (
            "rubocop",
            "a.rb:2:2: C: [Correctable] Layout/TrailingWhitespace: Trailing whitespace detected.",
            "a.rb",
            "a = <<~TEXT\n  b  \nTEXT\n",
        ),
        (
            "rubocop",
            "a.rb:1:1: C: [Correctable] Style/FrozenStringLiteralComment: Missing frozen string literal comment.",
            "a.rb",
            "a = 'b'\na << 'c'\n",
        ),
        (
            "rubocop",
            "a.rb:1:5: C: [Correctable] Style/StringLiterals: Prefer single-quoted strings when you don't need more.",
            "a.rb",
            'a = "it\'s"\n',
        ),
        ("rubocop", "a.rb:1:1: W: Lint/UselessAssignment: Useless assignment to variable - a.", "a.rb", "a = 1\n"),
    ],
    ids=[
        "a block of text",
        "a stale log",
        "a warning",
        "a here-document",
        "a string that grows",
        "a quote",
        "a judgement",
    ],
)
def test_white_space_and_words_that_mean_something_stay(command: str, printed: str, path: str, text: str) -> None:
    assert mended(command, printed, {path: text}) == {}


def shellcheck(printed: str, text: str) -> str | None:
    return mended("shellcheck a.sh", f"\n{printed}\nFor more information:\n", {"a.sh": text}).get("a.sh")


QUOTE = "In a.sh line 2:\n{old}\n  ^-- SC2086 (info): Double quote to prevent globbing.\n\nDid you mean: \n{new}\n\n"


def test_shellchecks_own_line_takes_the_place_of_the_one_it_saw() -> None:
    assert shellcheck(QUOTE.format(old="cd $a", new='cd "$a"'), "#!/bin/sh\ncd $a\n") == '#!/bin/sh\ncd "$a"\n'


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("cd $a", 'cd "$a"', "#!/bin/sh\ncd $b\n"),
        ("ls $options", 'ls "$options"', "#!/bin/sh\nls $options\n"),
        ("for a in $b; do", 'for a in "$b"; do', "#!/bin/sh\nfor a in $b; do\n"),
    ],
    ids=["another line", "a list of options", "a loop"],
)
def test_a_line_that_counts_on_splitting_stays(old: str, new: str, text: str) -> None:
    assert shellcheck(QUOTE.format(old=old, new=new), text) is None


def test_a_finding_of_another_kind_on_the_line_leaves_it() -> None:
    printed = QUOTE.format(old="cd $a", new='cd "$a"').replace("SC2086 (info)", "SC2115 (warning)")
    assert shellcheck(printed, "#!/bin/sh\ncd $a\n") is None
