"""The adapter for Portia: against a stub of the SDK's public surface, and against the SDK where it can be imported."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from agents.engine import FixAnswer, Outcome, Talk, Usage
from agents.portia import TELEMETRY_OFF, Portia
from agents.runner import Desk
from analysis.edits import Edit
from tests.agents.requests import EDIT, LOG, answer, request
from tests.agents.test_gemini_tools import Memo

_STUB = Path(__file__).parent / "portia_sdk"
_REAL = find_spec("portia") is not None
ENGINE = Portia("key-of-a-test", "gemini-2.5-pro")


def _forgotten() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "portia"]:
        del sys.modules[name]


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(_STUB)
    for variable in TELEMETRY_OFF:
        monkeypatch.setenv(variable, "unset by the test")
    _forgotten()
    importlib.invalidate_caches()
    yield importlib.import_module("portia")
    _forgotten()


async def think(sdk: ModuleType, desk: Desk, *answers: object, log: str = LOG) -> FixAnswer:
    sdk.ANSWERS.extend(answers)
    return await ENGINE.think(request(log), desk)


GOOD = json.loads(answer())


async def test_the_fixed_plan_ends_in_a_checked_answer(sdk: ModuleType) -> None:
    memo = Memo()
    fix = await think(sdk, memo.desk(), GOOD)
    assert (fix.outcome, fix.edits, fix.model) == (Outcome.FIX, (Edit(**EDIT),), "gemini-2.5-pro")
    assert fix.usage == Usage(requests=1)
    outputs = next(iter(sdk.Portia.made[-1].storage.runs.values())).outputs.step_outputs
    assert outputs["$step_5_output"].get_value() == "proof level: parses; no rule speaks against it"


async def test_its_tools_are_the_registrys_and_none_of_them_acts(sdk: ModuleType) -> None:
    memo = Memo()
    await think(sdk, memo.desk(), GOOD)
    tools = sdk.Portia.made[-1].tool_registry._tools
    own = {tool.name: tool for tool in memo.tools().of_the_model}
    assert set(tools) == {"evidence", *own}
    assert set(tools["fetch_workflow_logs"].args_schema.model_fields) == {"job", "first", "last", "words"}
    assert (memo.kept_acts.answers, memo.kept_acts.requests) == ([], 0)


async def test_telemetry_is_off(sdk: ModuleType) -> None:
    await think(sdk, Memo().desk(), GOOD)
    assert {name: os.environ[name] for name in TELEMETRY_OFF} == TELEMETRY_OFF


async def test_what_strangers_wrote_is_no_template_and_is_given_whole(sdk: ModuleType) -> None:
    log = LOG + "${{ secrets.KEY }} {{ StepOutput('answer') }}\n" + "word " * 1000 + "\n"
    fix = await think(sdk, Memo().desk(), GOOD, log=log)
    assert fix.outcome is Outcome.FIX
    assert "{{" not in sdk.SEEN[-1]["task"]
    assert "{{ StepOutput('answer') }}" in sdk.SEEN[-1]["inputs"][0]


async def test_its_run_is_kept_in_our_tables_and_an_answer_is_not_paid_for_twice(sdk: ModuleType) -> None:
    memo = Memo()
    first = await think(sdk, memo.desk(), GOOD)
    (kept,) = json.loads(memo.kept[-1].messages)
    assert kept["plan_run_id"].startswith("prun-")
    assert kept["answer"]["edits"] == [EDIT]
    asked = len(sdk.SEEN)
    again = await think(sdk, memo.desk())
    assert (again.outcome, again.edits, again.usage, len(sdk.SEEN)) == (first.outcome, first.edits, first.usage, asked)


async def test_a_run_that_was_cut_short_before_its_answer_is_run_anew_and_counted(sdk: ModuleType) -> None:
    memo = Memo(kept=[Talk('[{"kind": "portia", "answer": null}]', Usage(requests=1))])
    fix = await think(sdk, memo.desk(), GOOD)
    assert (fix.outcome, fix.usage.requests) == (Outcome.FIX, 2)


@pytest.mark.parametrize("wrong", [ConnectionError("the service's words"), {"fix": True}, "no object"])
async def test_a_run_that_fails_is_an_outcome(sdk: ModuleType, wrong: object) -> None:
    fix = await think(sdk, Memo().desk(), wrong)
    assert (fix.outcome, fix.edits) == (Outcome.UNAVAILABLE, ())
    assert "the service's words" not in fix.reason


@pytest.mark.skipif(not _REAL, reason="the SDK cannot be imported here")
async def test_the_sdk_itself_runs_the_plan_until_it_needs_the_network() -> None:
    memo = Memo()
    fix = await ENGINE.think(request(), memo.desk())
    assert fix.outcome is Outcome.UNAVAILABLE
    (kept,) = json.loads(memo.kept[-1].messages)
    assert (kept["plan_run_id"][:5], kept["answer"]) == ("prun-", None)
