import json
from collections.abc import Callable
from importlib.resources import files

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from agents.choose import ENGINES
from github_app.model import Role
from github_app.repo_config import RECIPES_ONLY, Approvers, Delivered, RepoConfig, read_repo_config
from github_app.repo_schema import SCHEMA_FILE, check, form, leaves
from github_app.repo_yaml import MOST_BYTES, read_yaml

SCHEMA = json.loads(files("github_app").joinpath(SCHEMA_FILE).read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def faults(text: str) -> list[str]:
    return [fault.text for fault in read_repo_config(text.encode()).faults]


def config(text: str) -> RepoConfig:
    return read_repo_config(text.encode()).config


def test_a_file_that_says_all_is_read() -> None:
    read = read_repo_config(b"""\
version: 1
workflows: {watch: ["CI*"], ignore: [Deploy]}
branches: [main, "release/**"]
engine: gemini
model: gemini-2.5-flash
propose: false
fixes:
  paths: ["src/**", "!src/generated/**"]
  workflow_files: true
  deliver: pull_request
approvers: {role: maintain, code_owners: true, author: false}
commands: {prefix: true}
budget: {analyses_a_day: 5, tokens_a_day: 1000}
comment: false
language: en
redact: ["ACME-[0-9]+"]
""")
    assert read.faults == ()
    assert read.config == RepoConfig(
        workflows=("CI*",),
        ignored_workflows=("Deploy",),
        branches=("main", "release/**"),
        engine="gemini",
        model="gemini-2.5-flash",
        propose=False,
        paths=("src/**", "!src/generated/**"),
        workflow_files=True,
        approvers=Approvers(Role.MAINTAIN, code_owners=True, author=False),
        delivered=Delivered.PULL_REQUEST,
        prefix_only=True,
        analyses_a_day=5,
        tokens_a_day=1000,
        comment=False,
        language="en",
        redact=("ACME-[0-9]+",),
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}", "\ufeff{}"])
def test_a_file_that_says_nothing_leaves_the_defaults(text: str) -> None:
    assert read_repo_config(text.encode()).config == RepoConfig()
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x: 1\n\naprovers:\n", "`aprovers` at 3:1: unknown key; did you mean `approvers`?"),
        ("approvers:\n  rol: admin", "`approvers.rol` at 2:3: unknown key; did you mean `role`?"),
        ("role: admin", "`role` at 1:1: unknown key; `role` belongs under `approvers`"),
        ("comment: true\ncomment: false", "`comment` at 2:1: the key is given twice; first at 1:1"),
        (
            "approvers: {role: Admin}",
            "`approvers.role` at 1:19: expected one of `write`, `maintain`, `admin`, found `Admin`",
        ),
        ("propose: off", "`propose` at 1:10: expected `true` or `false`, found `off`"),
        ("branches: main", "`branches` at 1:11: expected a list, found `main`"),
        ("branches:\n - 1", "`branches[0]` at 2:4: expected text of 1 to 200 characters, found `1`; quote it"),
        ("branches: ['']", "`branches[0]` at 1:12: expected text of 1 to 200 characters, found empty text"),
        (
            "branches: ['!main']",
            "`branches` at 1:11: all patterns begin with `!`, so nothing is left; put `**` before them",
        ),
        ("branches: ['a[']", r"`branches` at 1:11: `[` is not closed; `\[` is the sign itself"),
        ("language: de", "`language` at 1:11: expected `en`, the only one there is, found `de`"),
        ("version: 2", "`version` at 1:10: expected `1`, found `2`"),
        (
            "budget: {analyses_a_day: -1}",
            "`budget.analyses_a_day` at 1:26: expected a whole number from 0 to 1000000, found `-1`",
        ),
        ("budget:", "`budget` at 1:8: expected keys and values: `analyses_a_day`, `tokens_a_day`, found nothing"),
        ("redact: ['(']", "`redact[0]` at 1:10: RE2 cannot read it: https://github.com/google/re2/wiki/Syntax"),
        (r"redact: ['(a)\1']", "`redact[0]` at 1:10: RE2 cannot read it: https://github.com/google/re2/wiki/Syntax"),
        (
            "redact: ['(?:a{1000}){1000}']",
            "`redact[0]` at 1:10: RE2 cannot read it: https://github.com/google/re2/wiki/Syntax",
        ),
        ("redact: [ok, 'a*']", "`redact[1]` at 1:14: it matches the empty text"),
        (r"redact: ['\b']", "`redact[0]` at 1:10: it matches the empty text"),
        ("redact: ['.']", "`redact[0]` at 1:10: it matches every line whole, and would leave no log"),
        (r"redact: ['\S+']", "`redact[0]` at 1:10: it matches every line whole, and would leave no log"),
        ("a: &x 1\nb: *x", "at 1:4: anchors and aliases are not read; write the value out"),
        ("b: *x", "at 1:4: anchors and aliases are not read; write the value out"),
        ("a: !!python/object:os.system x", "at 1:4: tags are not read; write the value without one"),
        ("[[[[[[[[[", "at 1:9: more than 8 collections stand within each other"),
        ("a: 1\n---\nb: 2", "at 2:1: a second document begins; one is read"),
        ("? [a]\n: b", "at 1:3: a key is a word, and no collection"),
        (
            "a:\n\t- b",
            (
                "at 2:1: this is not YAML: while scanning for the next token found character "
                r"'\t' that cannot start any token"
            ),
        ),
    ],
)
def test_a_fault_names_key_line_column_and_the_way_out(text: str, fault: str) -> None:
    assert fault in faults(text)


def test_what_is_no_text_or_too_long_is_a_fault() -> None:
    assert read_repo_config(b"a: 1\nb: \xff").faults[0].text == "at 2:4: this is not UTF-8"
    assert read_repo_config(b"#" * (MOST_BYTES + 1)).faults[0].text == "at 1:1: the file is larger than 64 KiB"
    assert faults("branches:" + " \n- a" * 101) == ["`branches` at 2:1: 101 items; 100 at most"]


def test_a_strangers_word_is_shown_short_and_on_one_line() -> None:
    (fault,) = faults(json.dumps({"a`\nb" * 100: 1}))
    assert fault.startswith("`a b")
    assert fault.endswith("…` at 1:2: unknown key")
    assert len(fault) < 100


APPROVALS_CLOSED = [
    "aprovers: {role: admin}",
    "approvers: {role: owner}",
    "approvers: {rol: admin}",
    "approvers: [admin]",
    "approvers: {code_owners: yes}",
    "role: admin",
    "fixes: {paths: src}",
    "fixes: {path: [src]}",
    "approvers: {role: admin}\napprovers: {role: write}",
    "something: else",
    "approvers: {role: admin",
]


@pytest.mark.parametrize("text", APPROVALS_CLOSED)
def test_a_fault_that_may_be_about_who_approves_lets_nobody_approve(text: str) -> None:
    assert not config(text).approvers.known


@pytest.mark.parametrize(
    "text", ["language: de", "comment: 1", "budget: {tokens: 1}", "branches: main", "redact: ['(']", "engine: x"]
)
def test_a_fault_elsewhere_leaves_approvals_as_they_are_said(text: str) -> None:
    assert config(f"approvers: {{role: admin}}\n{text}").approvers == Approvers(Role.ADMIN)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("propose: fasle", lambda config: not config.propose),
        ("propse: false", lambda config: not config.propose),
        ("engine: recipe_only", lambda config: config.engine == RECIPES_ONLY),
        ("engin: recipes_only", lambda config: config.engine == RECIPES_ONLY),
        ("commands: {prefix: on}", lambda config: config.prefix_only),
        ("command: {prefix: true}", lambda config: config.prefix_only),
        ("fixes: {deliver: pr}", lambda config: config.delivered is Delivered.PULL_REQUEST),
        ("fixes: {workflow_files: on}", lambda config: not config.workflow_files),
        ("redact: ['(', secret]", lambda config: not config.redact_known),
        ("redcat: [secret]", lambda config: not config.redact_known),
        ("redact: [secret", lambda config: not config.redact_known),
        ("{", lambda config: not config.propose and config.prefix_only and config.engine == RECIPES_ONLY),
        ("{", lambda config: config.redact_known),
    ],
)
def test_where_a_fault_leaves_a_key_open_the_least_is_allowed(text: str, holds: Callable[[RepoConfig], bool]) -> None:
    assert faults(text)
    assert holds(config(text))


@pytest.mark.parametrize(
    "text", ["branches: main", "workflows: {watch: CI}", "comment: no", "budget: {tokens_a_day: x}"]
)
def test_where_nothing_is_at_stake_the_default_holds(text: str) -> None:
    assert faults(text)
    assert config(text) == RepoConfig()


def test_the_rest_of_a_file_with_a_fault_holds() -> None:
    assert config("language: de\ncomment: false\nbranches: [main]") == RepoConfig(comment=False, branches=("main",))


@given(
    st.one_of(st.binary(max_size=300), st.text(alphabet="abc:-[]{}&*!?|>'\"%@#, \n\t~", max_size=200).map(str.encode))
)
@settings(max_examples=300)
def test_any_bytes_give_a_config_or_faults(data: bytes) -> None:
    read = read_repo_config(data)
    assert all(fault.place.line >= 1 and fault.place.column >= 1 and fault.text for fault in read.faults)


def test_the_schema_is_one_and_its_examples_are_read_without_a_fault() -> None:
    for example in SCHEMA["examples"]:
        assert VALIDATOR.is_valid(example)
        assert read_repo_config(yaml.safe_dump(example).encode()).faults == ()


def test_the_engines_are_those_that_an_operator_can_set_up() -> None:
    assert tuple(SCHEMA["properties"]["engine"]["enum"]) == ENGINES


def test_the_schemas_defaults_are_the_programs() -> None:
    said = {key: one.default for key, one in leaves(form()) if one.default is not None}
    spelt = config(
        json.dumps(_nested({key: list(one) if isinstance(one, tuple) else one for key, one in said.items()}))
    )
    assert spelt == RepoConfig()


def _nested(flat: dict[str, object]) -> dict[str, object]:
    made: dict[str, object] = {}
    for key, value in flat.items():
        group, _, name = key.rpartition(".")
        target = made.setdefault(group, {}) if group else made
        assert isinstance(target, dict)
        target[name] = value
    return made


KEYS = [
    *SCHEMA["properties"],
    "x",
    "role",
    "watch",
    "paths",
    "code_owners",
    "author",
    "prefix",
    "deliver",
    "tokens_a_day",
]
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-3, 10**7),
    st.sampled_from(["en", "de", "write", "admin", "gemini", "commit", "main", "", "x" * 200, "x" * 201, "true", "1"]),
    st.none(),
    st.just(1.5),
)
LISTS = st.lists(SCALARS, max_size=4) | st.lists(st.just("main"), min_size=99, max_size=102)
INNER = st.dictionaries(st.sampled_from(KEYS), SCALARS | LISTS, max_size=4)


def _right(one: dict[str, object]) -> st.SearchStrategy[object]:
    """Values of a part of the schema, so that many generated files are right."""
    match one:
        case {"type": "object", "properties": dict() as inner}:
            return st.fixed_dictionaries({}, optional={key: _right(each) for key, each in inner.items()})
        case {"enum": list() as words}:
            return st.sampled_from(words)
        case {"type": "array"}:
            return st.lists(st.sampled_from(["main", "release/**"]), max_size=3)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "integer", "maximum": int() as high}:
            return st.integers(0, high)
        case _:
            return st.just("some-model")


ANY = st.dictionaries(st.sampled_from(KEYS), SCALARS | LISTS | INNER, max_size=4)


@given(st.one_of(ANY, _right(SCHEMA), st.builds(lambda a, b: a | b, _right(SCHEMA), ANY)))
@settings(max_examples=150)
def test_the_parser_and_the_schema_agree(document: dict[str, object]) -> None:
    value = read_yaml(json.dumps(document).encode())
    assert value is not None
    assert (check(value).faults == []) == VALIDATOR.is_valid(document)
