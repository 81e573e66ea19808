import pytest

from tests.analysis.recipes.told import mended

HEAD = "package main\n\n"
BLOCK = 'import (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tfmt.Println()\n}\n'


def go(printed: str, text: str) -> str | None:
    return mended("go build ./...", f"# example.com/shop\n{printed}", {"main.go": text}).get("main.go")


@pytest.mark.parametrize(
    "said",
    [
        'main.go:5:2: "os" imported and not used',
        './main.go:5:2: imported and not used: "os"',
        'vet: ./main.go:5:2: "os" imported but not used',
        'main.go:5:2: "os" imported and not used (typecheck)',
    ],
)
def test_every_version_of_the_words_for_an_unused_import_is_understood(said: str) -> None:
    assert go(said, HEAD + BLOCK) == HEAD + BLOCK.replace('\t"os"\n', "")


@pytest.mark.parametrize(
    ("imports", "unused", "after"),
    [
        ('import "os"\n\n', "os", ""),
        ('import (\n\t"os"\n)\n\n', "os", ""),
        ('import (\n\t"os"\n\n\t"example.com/a"\n)\n\n', "os", 'import (\n\t"example.com/a"\n)\n\n'),
        ('import (\n\t"os"\n\n\t"example.com/a"\n)\n\n', "example.com/a", 'import (\n\t"os"\n)\n\n'),
        ('import (\n\to "os"\n\t"fmt"\n)\n\n', "os", 'import (\n\t"fmt"\n)\n\n'),
    ],
    ids=["alone", "alone in a block", "the first group", "the last group", "by another name"],
)
def test_the_import_goes_with_the_lines_that_held_it_alone(imports: str, unused: str, after: str) -> None:
    rest = "func main() {}\n"
    assert go(f'./main.go:4:2: "{unused}" imported and not used', HEAD + imports + rest) == HEAD + after + rest


@pytest.mark.parametrize(
    "path", ["github.com/lib/pq", "image/png", "net/http/pprof", "embed", "github.com/mattn/go-sqlite3", "time/tzdata"]
)
def test_a_package_that_registers_something_stays(path: str) -> None:
    text = f'{HEAD}import "{path}"\n\nfunc main() {{}}\n'
    assert go(f'./main.go:3:8: "{path}" imported and not used', text) is None


def test_an_import_whose_name_may_be_misspelt_below_stays() -> None:
    text = HEAD + BLOCK.replace("fmt.Println()", "oss.Exit(1)")
    assert go('./main.go:5:2: "os" imported and not used\n./main.go:9:2: undefined: oss', text) is None


def test_a_log_that_the_file_does_not_bear_out_changes_nothing() -> None:
    assert go('./main.go:5:2: "net" imported and not used', HEAD + BLOCK) is None
    assert go('./main.go:5:2: "os" imported and not used', HEAD + "func main() {}\n") is None


@pytest.mark.parametrize(
    ("imports", "use", "after"),
    [
        ("", "strings.ToUpper(x)", 'import "strings"\n\n'),
        ('import "fmt"\n\n', "strings.ToUpper(x)", 'import (\n\t"fmt"\n\t"strings"\n)\n\n'),
        ('import (\n\t"fmt"\n\t"os"\n)\n\n', "errors.New(x)", 'import (\n\t"errors"\n\t"fmt"\n\t"os"\n)\n\n'),
        ('import (\n\t"fmt"\n)\n\n', "json.Marshal(x)", 'import (\n\t"encoding/json"\n\t"fmt"\n)\n\n'),
        ('import "example.com/a"\n\n', "os.Exit(1)", 'import (\n\t"os"\n\n\t"example.com/a"\n)\n\n'),
        ('import (\n\t"example.com/a"\n)\n\n', "os.Exit(1)", 'import (\n\t"os"\n\n\t"example.com/a"\n)\n\n'),
    ],
    ids=["no import", "one import", "a block", "a package in a folder", "another's import", "another's block"],
)
def test_a_standard_package_is_imported_where_goimports_does(imports: str, use: str, after: str) -> None:
    rest = f"func main() {{\n\t{use}\n}}\n"
    name = use.partition(".")[0]
    assert go(f"./main.go:9:2: undefined: {name}", HEAD + imports + rest) == HEAD + after + rest


@pytest.mark.parametrize(
    "use",
    [
        "rand.Int()",
        "template.New(x)",
        "user.Name()",
        "strings.Upper(x)",
        "f(strings)",
        "strings := 1; strings.ToUpper(x)",
    ],
    ids=["two packages", "two packages for pages", "no such member", "none either", "a variable", "one declared"],
)
def test_a_name_that_may_be_something_else_is_left_alone(use: str) -> None:
    name = use.partition(".")[0].removeprefix("f(").removesuffix(")").partition(" ")[0]
    assert go(f"./main.go:4:2: undefined: {name}", f"{HEAD}func main() {{\n\t{use}\n}}\n") is None


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("x := 1", True),
        ('x := "a"', True),
        ("var x []string", True),
        ("x := f()", False),
        ("x, err := f()", False),
        ("x := 1\n\tx = 2", False),
    ],
)
def test_an_unused_variable_goes_where_declaring_it_does_nothing_else(line: str, gone: bool) -> None:
    text = f"{HEAD}func main() {{\n\t{line}\n\tprintln()\n}}\n"
    expected = f"{HEAD}func main() {{\n\tprintln()\n}}\n" if gone else None
    assert go("./main.go:4:2: declared and not used: x", text) == expected
    assert go("./main.go:4:2: x declared but not used", text) == expected
