import pytest

from tests.analysis.recipes.told import mended


def missing(name: str, kind: str = "class") -> str:
    return (
        f"Shop.java:4: error: cannot find symbol\n    {name} x;\n    ^\n  symbol:   {kind} {name}\n"
        "  location: class Shop\n1 error"
    )


def java(printed: str, text: str) -> str | None:
    return mended("javac -d out Shop.java", printed, {"Shop.java": text}).get("Shop.java")


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ("package shop;\n\n", "Map", "package shop;\n\nimport java.util.Map;\n\n"),
        ("", "Map", "import java.util.Map;\n\n"),
        (
            "package shop;\n\nimport java.io.File;\nimport java.util.Set;\n\n",
            "Map",
            "package shop;\n\nimport java.io.File;\nimport java.util.Map;\nimport java.util.Set;\n\n",
        ),
        (
            "import static java.lang.Math.abs;\n\nimport org.a.B;\n\n",
            "Map",
            "import static java.lang.Math.abs;\n\nimport java.util.Map;\n\nimport org.a.B;\n\n",
        ),
    ],
    ids=["a package", "no package", "among others", "ahead of others"],
)
def test_a_class_of_the_library_is_imported_in_order(before: str, name: str, after: str) -> None:
    rest = f"class Shop {{\n    {name} x;\n}}\n"
    assert java(missing(name), before + rest) == after + rest


def test_mavens_words_are_understood() -> None:
    printed = (
        "[ERROR] /home/runner/work/shop/shop/Shop.java:[2,5] cannot find symbol\n"
        "[ERROR]   symbol:   class Map\n[ERROR]   location: class Shop"
    )
    assert mended("mvn -B compile", printed, {"Shop.java": "class Shop {\n    Map x;\n}\n"}) == {
        "Shop.java": "import java.util.Map;\n\nclass Shop {\n    Map x;\n}\n"
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class Shop {\n    Date x;\n}\n", "Date"),
        ("class Shop {\n    List x;\n}\n", "List"),
        ("class Shop {\n    Cart x;\n}\n", "Cart"),
        ("import org.shop.*;\n\nclass Shop {\n    Map x;\n}\n", "Map"),
        ("import org.shop.Map;\n\nclass Shop {\n    Map x;\n}\n", "Map"),
        ("class Shop {\n    // Map\n}\n", "Map"),
    ],
    ids=["two dates", "two lists", "one's own", "all of a package", "another's", "only in a comment"],
)
def test_a_class_that_may_be_another_is_left_alone(text: str, name: str) -> None:
    assert java(missing(name), text) is None


def checkstyle(finding: str, text: str) -> str | None:
    printed = f"Starting audit...\n[ERROR] /home/runner/work/shop/shop/Shop.java:{finding}\nAudit done."
    return mended("checkstyle -c checks.xml src", printed, {"Shop.java": text}).get("Shop.java")


def test_checkstyles_unused_import_goes_and_one_that_is_used_stays() -> None:
    finding = "1:8: Unused import - java.util.List. [UnusedImports]"
    assert checkstyle(finding, "import java.util.List;\n\nclass Shop {}\n") == "\nclass Shop {}\n"
    assert checkstyle(finding, "import java.util.List;\n\nclass Shop { List x; }\n") is None
    assert checkstyle(finding, "import java.util.Map;\n\nclass Shop {}\n") is None


def test_checkstyles_white_space_is_mended() -> None:
    assert checkstyle("1: File does not end with a newline. [NewlineAtEndOfFile]", "class Shop {}") == "class Shop {}\n"
    assert checkstyle("1: Line has trailing spaces. [RegexpSingleline]", "class Shop {} \n") == "class Shop {}\n"
