"""docs/configuration.md says of each key what the schema says, and names the schema as it names itself."""

import json
from importlib.resources import files
from pathlib import Path

from github_app.repo_schema import SCHEMA_FILE, Form, form, leaves

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- keys: made from the schema; the test of this page says what to put here -->", "<!-- /keys -->"


def table() -> str:
    rows = [f"| `{key}` | {_values(one)} | {one.description} |" for key, one in leaves(form())]
    return "\n".join(["| key | values | what |", "|---|---|---|", *rows])


def _values(one: Form) -> str:
    told = {
        "array": f"a list of at most {one.max_items}",
        "boolean": "`true`, `false`",
        "integer": "1" if one.maximum == 1 else f"{one.minimum} to {one.maximum}",
        "string": ", ".join(f"`{word}`" for word in one.enum) or "text",
    }[one.type]
    default = json.dumps(one.default) if isinstance(one.default, bool) else one.default
    return told if one.default in (None, ()) else f"{told}; else `{default}`"


def test_the_page_lists_every_key_as_the_schema_has_it() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == table()


def test_readme_and_page_name_the_schema_by_its_id() -> None:
    name = json.loads(files("github_app").joinpath(SCHEMA_FILE).read_text(encoding="utf-8"))["$id"]
    for page in ("README.md", "docs/configuration.md"):
        assert f"# yaml-language-server: $schema={name}\n" in (ROOT / page).read_text(encoding="utf-8")
