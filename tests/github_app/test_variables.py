"""`.env.example`, docs/environment.md and the settings say the same variables, since all come of one list."""

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from github_app.settings import read_settings
from github_app.variables import VARIABLES, example_file, table

ROOT = Path(__file__).parent.parent.parent
GOOD = {"GITHUB_WEBHOOK_SECRET": "0123456789abcdef"}


class Asked(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.names: set[str] = set()
        self._values = values

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_the_settings_ask_for_what_is_listed_and_nothing_else() -> None:
    asked = Asked({**GOOD, "ENVIRONMENT": "production", "DATABASE_URL": "postgresql://db/ci"})
    read_settings(asked)
    assert asked.names == {one.name for one in VARIABLES}


def test_the_example_file_is_the_lists() -> None:
    """If it differs: `python -c 'from github_app.variables import *; print(example_file(), end="")' > .env.example`."""
    assert (ROOT / ".env.example").read_text() == example_file()


def test_the_page_has_the_lists_tables() -> None:
    """If it differs, put what `github_app.variables.table()` gives between the page's marks."""
    _, _, rest = (ROOT / "docs/environment.md").read_text().partition("<!-- tables -->\n")
    assert rest.partition("\n<!-- end -->")[0].strip() == table().strip()


def test_each_stands_in_the_example_once_and_the_file_can_be_read() -> None:
    read = list(parse_stream(StringIO((ROOT / ".env.example").read_text())))
    assert not [one.original.line for one in read if one.error]
    assert [one.key for one in read if one.key] == [one.name for one in VARIABLES if one.needed]
    whole = example_file().replace("\n# ", "\n#").replace("\n#", "\n")
    said = [line.partition("=")[0] for line in whole.splitlines() if line.partition("=")[0].isupper()]
    assert said == [one.name for one in VARIABLES]


def test_each_example_is_one_that_is_taken() -> None:
    given = {one.name: one.example for one in VARIABLES if one.example and not one.name.startswith("GITHUB_PRIVATE")}
    settings = read_settings({**given, **GOOD})
    assert (settings.environment, settings.frontend_url) == ("production", "https://ci.acme.dev")


def test_each_is_explained_in_a_line_and_secrets_have_no_example_value() -> None:
    for one in VARIABLES:
        assert one.what.endswith("."), one.name
        assert "\n" not in one.what
        assert not one.secret or not one.example or "PASSWORD" in one.example
