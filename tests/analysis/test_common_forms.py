"""Rules of forms that many tools share, and what two tools that print alike make of one line."""

from analysis.analyze import analyze

FORMATTER = """\
##[group]Run gofmt -l cart
shell: bash
##[endgroup]
cart/cart.go
##[error]Process completed with exit code 1.
"""


def test_a_bare_file_name_is_a_finding_where_the_step_ran_the_formatter() -> None:
    diagnosis = analyze([FORMATTER.encode()])
    assert [place.path for place in diagnosis.locations] == ["cart/cart.go"]
    assert diagnosis.tool == "gofmt"


def test_a_bare_file_name_is_nothing_where_the_step_ran_something_else() -> None:
    diagnosis = analyze([FORMATTER.replace("gofmt -l cart", "ls cart").encode()])
    assert diagnosis.locations == ()


def test_a_test_is_named_once_though_two_runners_number_their_lists_alike() -> None:
    listed = "  1) test adds the prices (Shop.CartTest)\n     test/cart_test.exs:4\n     code:\n"
    assert analyze([listed.encode()]).failed_tests == ("test adds the prices (Shop.CartTest)",)


def test_a_linters_warning_is_the_cause_where_nothing_worse_is_said() -> None:
    log = "Dockerfile:1 DL3007 warning: Using latest is prone to errors\nThere was a failure\n"
    diagnosis = analyze([log.encode()])
    assert diagnosis.root_line is not None
    assert diagnosis.root_line.line == 1


def test_an_error_in_the_code_is_placed_there_and_in_the_test_that_called_it() -> None:
    folder = "\t/home/runner/work/a/a/cart"
    log = f"panic: no prices\n\ngoroutine 1 [running]:\n{folder}/cart.go:4\n{folder}/cart_test.go:7 +0x3f\n"
    places = [(place.path, place.line) for place in analyze([log.encode()]).locations]
    assert places == [("cart/cart.go", 4), ("cart/cart_test.go", 7)]
