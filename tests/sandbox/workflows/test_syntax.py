"""Workflow files that can be read, and those that cannot, with line and column."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sandbox.running import BrokenWorkflow
from sandbox.workflows.nodes import DEEPEST, LONGEST
from sandbox.workflows.syntax import Workflow, parse_workflow
from tests.sandbox.workflows.reading import JOBS, PATH, broken, job, readable

WHOLE = """\
name: CI
run-name: Build of ${{ github.actor }}
on: push
permissions: read-all
concurrency: {group: ci}
env: {LEVEL: top, VERSION: 1.10, EMPTY: null}
defaults: {run: {shell: sh, working-directory: src}}
jobs:
  lint:
    name: Lint it
    runs-on: [self-hosted, linux]
    permissions: {contents: read}
    outputs: {found: "${{ steps.look.outputs.found }}"}
    timeout-minutes: 5
    continue-on-error: true
    env: {LEVEL: job}
    steps:
      - id: look
        name: Look
        if: always()
        run: |
          make lint
          make more
        env: {LEVEL: step}
        timeout-minutes: 2
        continue-on-error: ${{ matrix.x == 1 }}
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
  test:
    runs-on: ubuntu-latest
    needs: lint
    if: github.ref == 'refs/heads/main'
    defaults: {run: {shell: bash}}
    strategy: {fail-fast: false, matrix: {x: [1, 2]}}
    steps:
      - run: "\\n\\n  make test\\nmore"
        shell: python
        working-directory: other
"""


def test_all_that_a_workflow_may_say_is_read() -> None:
    found = readable(WHOLE)
    lint, test = found.jobs
    look, checkout = lint.steps
    assert (found.name, found.env) == ("CI", {"LEVEL": "top", "VERSION": "1.1", "EMPTY": ""})
    assert (lint.key, lint.name, lint.runs_on, lint.needs) == ("lint", "Lint it", ("self-hosted", "linux"), ())
    assert (lint.timeout_minutes, lint.continue_on_error, lint.env) == ("5", "true", {"LEVEL": "job"})
    assert lint.outputs == {"found": "${{ steps.look.outputs.found }}"}
    assert (look.id, look.name, look.condition, look.run) == ("look", "Look", "always()", "make lint\nmake more\n")
    assert (look.shell, look.folder, look.timeout_minutes) == ("sh", "src", "2")
    assert (checkout.name, checkout.uses, checkout.given) == (
        "Run actions/checkout@v4", "actions/checkout@v4", {"fetch-depth": "0"},
    )  # fmt: skip
    assert (test.needs, test.condition, test.fail_fast) == (("lint",), "github.ref == 'refs/heads/main'", "false")
    assert test.matrix == ({"x": 1}, {"x": 2})
    assert (test.steps[0].name, test.steps[0].shell, test.steps[0].folder) == ("Run make test", "python", "other")


def test_a_workflow_without_a_name_has_that_of_its_file() -> None:
    assert readable("on: push" + JOBS).name == PATH


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("on: push\njobs: [\n", 3, 1, "expected the node content"),
        ("on: push\n\tjobs:\n", 2, 1, "cannot start any token"),
        ("on: push\njobs:\n  a: b: c\n", 3, 7, "mapping values are not allowed here"),
        ("name: CI\n" + JOBS, 1, 1, "Required property is missing: on"),
        ("on: push\n", 1, 1, "Required property is missing: jobs"),
        ("on: push\njob:\n" + JOBS, 2, 1, "Unexpected value 'job'"),
        ("on: push\non: push" + JOBS, 2, 1, "'on' is already defined"),
        ("on: push\njobs: {}\n", 2, 7, "A mapping with at least one job was expected"),
        ("on: push\njobs: [a]\n", 2, 7, "A mapping was expected"),
        ("- on\n- push\n", 1, 1, "A mapping was expected"),
        ("just words", 1, 1, "A mapping was expected"),
        ("", 1, 1, "The file is empty"),
        ("on: push\njobs:\n  a:\n    steps: [run: x]\n", 4, 5, "Required property is missing: runs-on"),
        ("on: push\njobs:\n  a:\n    runs-on: x\n", 4, 5, "Required property is missing: steps"),
        ("on: push\njobs:\n  a:\n    run-on: x\n    steps: [run: x]\n", 4, 5, "Unexpected value 'run-on'"),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n", 5, 12, "at least one item"),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    steps: go\n", 5, 12, "A sequence was expected"),
        (job("needs: nobody"), 3, 3, "depends on unknown job 'nobody'"),
        (job("needs: test"), 3, 3, "at least one job with no dependencies"),
        (job("timeout-minutes: soon"), 5, 22, "Unexpected value 'soon'"),
        (job("timeout-minutes: 0"), 5, 22, "Unexpected value '0'"),
        (job("timeout-minutes: -3"), 5, 22, "Unexpected value '-3'"),
        (job("timeout-minutes: .nan"), 5, 22, "Unexpected value '.nan'"),
        (job("timeout-minutes: 1e99"), 5, 22, "Unexpected value '1e99'"),
        (job("timeout-minutes: true"), 5, 22, "Unexpected value 'true'"),
        (job("if: github.ref ="), 5, 9, "Unexpected symbol"),
        (job("if: ${{ github.ref"), 5, 9, "not closed"),
        (job("name: ${{ nowhere.x }}"), 5, 11, "Unrecognized named-value: 'nowhere'"),
        (job('env: {A: "${{ explode() }}"}'), 5, 14, "Unrecognized function: 'explode'"),
        # A status function has a meaning in a condition only.
        (job("name: ${{ always() }}"), 5, 11, "Unrecognized function: 'always'"),
        (job("container: node:20"), 5, 16, "needs a container engine"),
        (job("services: {db: {image: postgres}}"), 5, 15, "needs a container engine"),
        (job("uses: ./.github/workflows/other.yml"), 5, 11, "calls a workflow of another file"),
        (job("env: [a]"), 5, 10, "A mapping was expected"),
        (job("strategy: go"), 5, 15, "A mapping was expected"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, line: int, column: int, said: str) -> None:
    found = broken(text)
    assert said in found.message
    assert (found.line, found.column) == (line, column)
    assert f"{PATH} (Line: {line}, Col: {column})" in found.message


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("[{run: a, uses: b}]", "mutually exclusive"),
        ("[{name: a}]", "Required property is missing: run"),
        ("[{run: a, when: b}]", "Unexpected value 'when'"),
        ("[{run: [a]}]", "A scalar was expected"),
        ("[{id: x, run: a}, {id: X, run: b}]", "may not be used more than once"),
        ("[{run: a, timeout-minutes: x}]", "Unexpected value 'x'"),
        ("[{run: a, if: '(('}]", "Unexpected end of expression"),
        ("[go]", "A mapping was expected"),
        ("[{run: 'echo ${{ secrets.A }} ${{ bad }}'}]", "Unrecognized named-value: 'bad'"),
    ],
)
def test_steps_that_cannot_be_run_are_said(steps: str, said: str) -> None:
    assert said in broken(f"on: push\njobs:\n  a:\n    runs-on: x\n    steps: {steps}\n").message


def test_jobs_that_need_one_another_are_said() -> None:
    one = "{runs-on: x, needs: %s, steps: [run: x]}"
    jobs = f"on: push\njobs:\n  a: {one % '[]'}\n  b: {one % 'c'}\n  c: {one % '[a, b]'}\n"
    assert "Job 'b' depends on job 'c' which creates a cycle" in broken(jobs).message


def test_a_time_limit_may_be_an_expression() -> None:
    assert readable(job("timeout-minutes: ${{ matrix.x }}")).jobs[0].timeout_minutes == "${{ matrix.x }}"


def test_anchors_are_read() -> None:
    steps = "on: push\njobs:\n  a: &one {runs-on: x, steps: [run: make]}\n  b: *one\n"
    assert [one.steps[0].run for one in readable(steps).jobs] == ["make", "make"]


def nested(depth: int) -> str:
    return f"on: push\nenv: {'[' * depth}x{']' * depth}" + JOBS


@pytest.mark.parametrize("depth", [DEEPEST + 1, 5_000, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert "nested too deeply" in broken(nested(depth)).message


def test_a_bomb_of_aliases_is_refused_in_no_time() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    began = time.process_time()
    assert "more than 100000 nodes" in broken("\n".join(lines)).message
    assert time.process_time() - began < 2


def test_an_alias_within_its_own_anchor_is_refused() -> None:
    assert "within its own anchor" in broken("on: push\nenv: &a {b: *a}" + JOBS).message


def test_a_file_that_is_too_long_is_refused() -> None:
    assert "characters" in broken("#" * (LONGEST + 1)).message


@pytest.mark.parametrize(
    "text", ["on: push\x00", "on: \x1b[31mpush", "a: !!python/object:os.system x", "%YAML 9.9\n---\n"]
)
def test_strange_bytes_and_tags_are_refused(text: str) -> None:
    broken(text)


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
        st.sampled_from(["${{ github.ref }}", "${{ x", "push", "test", "always()", "ubuntu-latest", "soon"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([
                "on", "jobs", "steps", "run", "uses", "with", "env", "if", "needs", "name", "id", "strategy", "matrix",
                "include", "exclude", "branches", "paths", "types", "push", "timeout-minutes", "runs-on", "defaults",
                "outputs", "test", "build", "shell", "continue-on-error", "fail-fast",
            ]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)  # fmt: skip
JOB = st.fixed_dictionaries({"runs-on": st.just("x"), "steps": VALUES}, optional={"strategy": VALUES, "if": VALUES})


@given(st.one_of(VALUES, st.fixed_dictionaries({"on": VALUES, "jobs": st.dictionaries(st.just("test"), JOB)})))
def test_no_document_makes_the_reader_raise(document: object) -> None:
    found = parse_workflow(PATH, yaml.safe_dump(document, allow_unicode=True))
    assert isinstance(found, Workflow | BrokenWorkflow)


@given(st.text(max_size=300), st.integers(0, len(WHOLE)), st.integers(0, 20))
def test_no_text_makes_the_reader_raise(text: str, at: int, cut: int) -> None:
    for written in (text, WHOLE[:at] + text[:3] + WHOLE[at + cut :]):
        found = parse_workflow(PATH, written)
        assert isinstance(found, Workflow | BrokenWorkflow)
