"""The tools as an engine meets them: by name, with JSON, in words."""

import json

import pytest

from agents.toolbox import toolbox
from agents.tools import MOST_CHARACTERS, Kind, Said, Tool, ToolRegistry, schema_of
from tests.agents.memory import Kept, Sources
from tests.agents.requests import EDIT, request

GITHUB_TOKEN = "ghp_" + "a1B2" * 9


def tools() -> ToolRegistry:
    return toolbox(request(), Sources(), Kept())


async def said(name: str, **arguments: object) -> Said:
    return await tools().call_by_model(name, json.dumps(arguments))


def test_the_products_tools_are_all_there_and_two_that_read() -> None:
    assert {tool.name for tool in tools()} == {
        "fetch_workflow_run",
        "fetch_workflow_logs",
        "analyze_errors",
        "generate_fix",
        "apply_fix",
        "check_approval",
        "store_analysis",
        "read_repository",
        "find_similar_fixes",
    }


def test_what_acts_is_not_the_models() -> None:
    assert {tool.name for tool in tools()} - {tool.name for tool in tools().of_the_model} == {
        "apply_fix",
        "store_analysis",
    }


@pytest.mark.parametrize("name", ["apply_fix", "store_analysis"])
async def test_a_model_that_calls_what_acts_is_refused_and_nothing_happens(name: str) -> None:
    kept = Kept()
    answer = await toolbox(request(), Sources(), kept).call_by_model(name, '{"answer": "{}"}')
    assert answer == Said(f"{name} acts, and is run by a person's decision only.", ok=False)
    assert (kept.answers, kept.requests) == ([], 0)


async def test_a_tool_that_is_not_there_is_answered_with_those_that_are() -> None:
    answer = await said("run_shell", command="rm -rf /")
    assert not answer.ok
    assert "There is no tool 'run_shell'" in answer.text
    assert "fetch_workflow_logs" in answer.text


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("fetch_workflow_logs", '{"first": 0}', "first"),
        ("fetch_workflow_logs", '{"first": "one"}', "Expected `int`"),
        ("read_repository", '{"what": "blame"}', "Invalid enum value"),
        ("generate_fix", "{}", "missing required field `edits`"),
        ("generate_fix", '{"edits": []}', "length >= 1"),
        ("check_approval", '{"fix": -1}', ">= 1"),
        ("read_repository", "{not json", "JSON is malformed"),
        ("read_repository", "[]", "Expected `object`"),
    ],
)
async def test_arguments_that_do_not_fit_are_told_in_words(name: str, arguments: str, words: str) -> None:
    answer = await tools().call_by_model(name, arguments)
    assert not answer.ok
    assert answer.text.startswith(f"{name} does not take these arguments: ")
    assert words in answer.text
    assert "Traceback" not in answer.text


async def test_a_log_is_read_by_line() -> None:
    answer = await said("fetch_workflow_logs", job="test", first=3, last=4)
    assert answer.text == "3| E       assert 5 == 6\n4| E        +  where 5 = area(2, 3)"


async def test_a_log_is_searched_without_regard_to_case() -> None:
    answer = await said("fetch_workflow_logs", words="ASSERTIONERROR", last=100_000)
    assert answer.text == "5| tests/test_shapes.py:5: AssertionError"


async def test_a_log_is_never_dumped() -> None:
    answer = await said("fetch_workflow_logs", first=1, last=100_000)
    assert answer == Said("at most 200 lines at once; give words to search a longer stretch", ok=False)


async def test_a_job_that_did_not_fail_is_told_with_those_that_did() -> None:
    assert "no failed job is named 'build'" in (await said("fetch_workflow_logs", job="build")).text


async def test_the_diagnosis_is_told() -> None:
    (told,) = json.loads((await said("analyze_errors")).text)
    assert told["headline"] == "tests/test_shapes.py::test_area: assert 5 == 6"
    assert told["root_line"]["line"] == 3


async def test_the_tree_is_listed_under_a_folder() -> None:
    assert (await said("read_repository", what="tree", path="tests/")).text == "tests/test_shapes.py"
    assert (await said("read_repository", what="tree", path="docs/")).text == "No path starts with 'docs/'."


async def test_a_file_is_read_by_line_at_the_commit() -> None:
    assert (await said("read_repository", what="file", path="shapes.py")).text == (
        "shapes.py, 2 lines\n1| def area(a, b):\n2|     return a + b"
    )
    assert (await said("read_repository", what="file", path="geometry.py", first=2, last=2)).text == (
        "geometry.py, 302 lines\n2| ANGLE = 90"
    )


@pytest.mark.parametrize("path", ["../secrets", "/etc/passwd", ".git/config", "none.py"])
async def test_what_is_no_file_of_the_commit_is_not_read(path: str) -> None:
    answer = await said("read_repository", what="file", path=path)
    assert not answer.ok
    assert "no file at this commit" in answer.text


async def test_edits_are_checked_and_their_proof_told() -> None:
    answer = await said("generate_fix", edits=[EDIT])
    assert answer == Said("proof level: parses; no rule speaks against it")


async def test_edits_that_do_not_apply_are_told_why() -> None:
    answer = await said("generate_fix", edits=[{**EDIT, "search": "return a - b"}])
    assert not answer.ok
    assert "does not hold" in answer.text


async def test_edits_of_a_file_that_was_only_named_are_checked_too() -> None:
    edit = {"path": "geometry.py", "search": "ANGLE = 90", "replace": "ANGLE = 60"}
    assert "proof level: parses" in (await said("generate_fix", edits=[edit])).text


async def test_edits_that_a_rule_speaks_against_are_told_so() -> None:
    edit = {"path": ".github/workflows/ci.yml", "search": "jobs: {}", "replace": "jobs: {a: 1}"}
    assert "the rules speak against it: .github/workflows/ci.yml" in (await said("generate_fix", edits=[edit])).text


async def test_what_a_tool_says_is_scrubbed_and_cut() -> None:
    async def shout(_: object) -> str:
        return f"{GITHUB_TOKEN}\n" + "word " * MOST_CHARACTERS

    answer = await ToolRegistry([Tool("shout", "", Kind.READS, dict, shout)]).call("shout")
    assert GITHUB_TOKEN not in answer.text
    assert "[cut here:" in answer.text
    assert len(answer.text) < MOST_CHARACTERS + 100


def test_two_tools_of_one_name_are_refused() -> None:
    tool = next(iter(tools()))
    with pytest.raises(ValueError, match="two tools are named"):
        ToolRegistry([tool, tool])


@pytest.mark.parametrize("tool", list(tools()), ids=lambda tool: tool.name)
def test_schemas_hold_no_references(tool: Tool[object]) -> None:
    text = json.dumps(schema_of(tool))
    assert "$ref" not in text
    assert json.loads(text)["type"] == "object"
