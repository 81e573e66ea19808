"""Jobs of a run: their order, what they need and give, what is skipped, what a failure means."""

import asyncio
import re

import pytest

from sandbox.running import Kept
from sandbox.workflows.runner import LocalRunner
from tests.sandbox.workflows.bench import Bench, Seen
from tests.sandbox.workflows.reading import readable

HEAD = "on: push\njobs:\n"


def job(key: str, run: str = "echo ran", **more: str) -> str:
    said = "".join(f"    {name.replace('_', '-')}: {value}\n" for name, value in more.items())
    return f"  {key}:\n    runs-on: ubuntu-latest\n{said}    steps: [run: '{run}']\n"


async def test_a_job_that_passes_and_one_that_fails(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("good") + job("bad", "exit 3"))
    assert seen.conclusions() == {"good": "success", "bad": "failure"}
    assert seen.conclusion == "failure"
    assert seen.said("bad") == ["##[error]Process completed with exit code 3."]


async def test_a_job_begins_when_what_it_needs_has_ended(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("last", needs="[first, second]") + job("first") + job("second"))
    order = [event for event in seen.events if event[1] in ("first", "second") or event == ("queued", "last")]
    assert order[-1] == ("queued", "last")
    assert seen.conclusion == "success"


async def test_a_job_that_needs_a_failed_one_is_skipped_and_so_on_down(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("a", "exit 1") + job("b", needs="a") + job("c", needs="b") + job("d"))
    assert seen.conclusions() == {"a": "failure", "b": "skipped", "c": "skipped", "d": "success"}
    assert seen.outcomes["b"].log is None
    assert ("queued", "b") not in seen.events


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("always()", "success"),
        ("failure()", "success"),
        ("success()", "skipped"),
        ("'!cancelled()'", "success"),
        ("needs.a.result == 'failure'", "skipped"),
        ("always() && needs.a.result == 'failure'", "success"),
        ("always() && needs.a.result == 'success'", "skipped"),
        ("cancelled()", "skipped"),
    ],
)
async def test_conditions_after_a_failure(bench: Bench, condition: str, expected: str) -> None:
    seen = await bench.run(HEAD + job("a", "exit 1") + job("b", needs="a", **{"if": condition}))
    assert seen.conclusions()["b"] == expected


async def test_what_runs_is_stopped_when_the_run_is_cancelled_and_what_waits_never_begins(bench: Bench) -> None:
    order, seen = bench.order(), Seen()
    begun = bench.folder / "begun"
    jobs = job("a", f"touch {begun} && sleep 60") + job("b", needs="a") + job("c", needs="a", **{"if": "always()"})
    running = asyncio.create_task(LocalRunner().run(readable(HEAD + jobs), order, seen))
    async with asyncio.timeout(30):
        while not begun.exists():  # noqa: ASYNC110  # made by the job, another process
            await asyncio.sleep(0.02)
        order.stop.set()
        assert await running == "cancelled"
    assert seen.conclusions() == {"a": "cancelled", "b": "skipped", "c": "cancelled"}
    assert "##[error]The operation was canceled." in seen.log("a")


async def test_a_failure_further_up_skips_too(bench: Bench) -> None:
    # GitHub's own trap: success() looks at all that a job needs, and at what those need.
    jobs = job("a", "exit 1") + job("b", needs="a", **{"if": "always()"}) + job("c", needs="b")
    assert (await bench.run(HEAD + jobs)).conclusions()["c"] == "skipped"


async def test_failure_is_not_what_a_skipped_job_is(bench: Bench) -> None:
    jobs = job("a", **{"if": "false"}) + job("b", needs="a", **{"if": "failure()"})
    seen = await bench.run(HEAD + jobs)
    assert seen.conclusions() == {"a": "skipped", "b": "skipped"}
    assert seen.conclusion == "skipped"


async def test_outputs_reach_the_jobs_that_need_them(bench: Bench) -> None:
    seen = await bench.run(
        HEAD
        + job("a", "echo v=7 >> $GITHUB_OUTPUT", outputs="{version: '${{ steps.nothing.outputs.v }}x', empty: ''}")
        + "  b:\n    runs-on: x\n    needs: a\n    outputs: {version: '${{ needs.a.outputs.version }}'}\n"
        + "    steps: [run: 'echo got ${{ needs.a.outputs.version }} ${{ toJSON(needs.a.outputs) }}']\n"
    )
    assert seen.outcomes["a"].outputs == {"version": "x"}
    assert "Set output 'version'" in seen.log("a")
    assert "Set output 'empty'" not in seen.log("a")
    assert seen.said("b")[0].startswith("got x {")


async def test_an_output_of_a_step_becomes_one_of_the_job(bench: Bench) -> None:
    seen = await bench.run(
        "on: push\njobs:\n  a:\n    runs-on: x\n    outputs: {v: '${{ steps.one.outputs.v }}'}\n"
        "    steps: [{id: one, run: 'echo v=7 >> $GITHUB_OUTPUT'}]\n"
        "  b:\n    runs-on: x\n    needs: [a]\n    if: needs.a.outputs.v == 7\n    steps: [run: 'true']\n"
    )
    assert seen.conclusions() == {"a": "success", "b": "success"}


async def test_an_output_that_may_hold_a_secret_is_kept_back(bench: Bench) -> None:
    seen = await bench.steps(
        "- {id: one, run: \"echo '::add-mask::s3cret'; echo v=a-s3cret >> $GITHUB_OUTPUT\"}",
        "outputs: {v: '${{ steps.one.outputs.v }}'}",
    )
    assert seen.job.outputs == {}
    assert "##[warning]Skip output 'v' since it may contain secret." in seen.log()


async def test_outputs_that_cannot_be_evaluated_fail_the_job(bench: Bench) -> None:
    seen = await bench.steps("- run: 'true'", "outputs: {v: \"${{ fromJSON('{') }}\"}")
    assert seen.job.conclusion == "failure"
    assert "##[error]Fail to evaluate job outputs" in seen.log()


async def test_each_combination_is_a_job_with_its_values_in_its_name(bench: Bench) -> None:
    seen = await bench.run(
        HEAD
        + job("a", "echo ${{ matrix.os }} ${{ matrix.v }} ${{ strategy.job-index }}/${{ strategy.job-total }}",
              strategy="{matrix: {os: [linux, mac], v: [1.10]}}")
    )  # fmt: skip
    assert seen.conclusions() == {"a (linux, 1.1)": "success", "a (mac, 1.1)": "success"}
    assert seen.said("a (mac, 1.1)") == ["mac 1.1 1/2"]


async def test_a_name_with_an_expression_is_the_whole_name(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("a", name="On ${{ matrix.os }}", strategy="{matrix: {os: [linux, mac]}}"))
    assert set(seen.outcomes) == {"On linux", "On mac"}


async def test_a_skipped_matrix_is_one_job(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("a", strategy="{matrix: {os: [linux, mac]}}", **{"if": "false"}))
    assert seen.conclusions() == {"a": "skipped"}


async def test_one_failed_combination_ends_the_others(bench: Bench) -> None:
    run = "if [ ${{ matrix.x }} = 1 ]; then exit 1; else sleep 60; fi"
    async with asyncio.timeout(30):
        seen = await bench.run(HEAD + job("a", run, strategy="{matrix: {x: [1, 2, 3]}}"))
    assert seen.conclusions()["a (1)"] == "failure"
    assert {seen.conclusions()["a (2)"], seen.conclusions()["a (3)"]} == {"cancelled"}
    assert seen.conclusion == "failure"


async def test_without_fail_fast_all_run_to_their_end(bench: Bench) -> None:
    jobs = job("a", "exit ${{ matrix.x }}", strategy="{fail-fast: false, matrix: {x: [1, 0]}}") + job("b", needs="a")
    seen = await bench.run(HEAD + jobs)
    assert seen.conclusions() == {"a (1)": "failure", "a (0)": "success", "b": "skipped"}


async def test_a_failure_that_is_let_pass_fails_neither_the_run_nor_those_that_need_it(bench: Bench) -> None:
    # https://github.com/VGonPa/xbrain/pull/119: the check run fails, the workflow run does not.
    jobs = job("a", "exit 1", continue_on_error="true") + job("b", "echo ${{ needs.a.result }}", needs="a")
    seen = await bench.run(HEAD + jobs)
    assert seen.conclusions() == {"a": "failure", "b": "success"}
    assert seen.said("b") == ["success"]
    assert seen.conclusion == "success"


async def test_a_failure_may_be_let_pass_for_one_combination(bench: Bench) -> None:
    strategy = "{fail-fast: false, matrix: {x: [1, 2]}}"
    seen = await bench.run(HEAD + job("a", "exit 1", strategy=strategy, continue_on_error="${{ matrix.x == 1 }}"))
    assert seen.conclusion == "failure"
    seen = await bench.run(HEAD + job("a", "exit ${{ matrix.x }}", strategy="{matrix: {x: [0, 1]}}",
                                      continue_on_error="${{ matrix.x == 1 }}"))  # fmt: skip
    assert seen.conclusion == "success"


async def test_environment_goes_from_the_workflow_to_the_job_to_the_step(bench: Bench) -> None:
    seen = await bench.run(
        "on: push\nenv: {A: top, B: top, C: top}\njobs:\n  a:\n    runs-on: x\n"
        "    env: {B: job, C: '${{ env.A }}-job'}\n"
        "    steps: [{run: 'echo $A $B $C ${{ env.C }}', env: {C: '${{ env.C }}-step'}}]\n"
    )
    assert seen.said() == ["top job top-job-step top-job-step"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"if": "fromJSON(github.nothing) == 1"}, "the text is empty"),
        ({"name": "${{ format(1, 2)[fromJSON('{')] }}"}, "fromjson"),
        ({"timeout_minutes": "${{ github.nothing }}"}, "is no number of minutes"),
        ({"continue_on_error": "${{ github.sha }}"}, "a boolean was expected"),
        ({"env": "{A: \"${{ fromJSON('') }}\"}"}, "the text is empty"),
    ],
)
async def test_what_cannot_be_evaluated_fails_the_job(bench: Bench, more: dict[str, str], said: str) -> None:
    seen = await bench.run(HEAD + job("a", **more) + job("b", needs="a"))
    assert seen.outcomes["a"].conclusion == "failure"
    assert said in seen.outcomes["a"].annotations[0].message
    assert seen.conclusions()["b"] == "skipped"


async def test_a_job_for_another_system_finds_no_runner(bench: Bench) -> None:
    seen = await bench.run(HEAD + job("a").replace("ubuntu-latest", "windows-2022"))
    assert seen.job.conclusion == "failure"
    assert seen.job.log is None
    assert seen.job.annotations[0].message == "No runner matching the specified labels was found: windows-2022"
    assert ("started", "a") not in seen.events


async def test_jobs_kept_from_an_earlier_attempt_are_not_run(bench: Bench) -> None:
    jobs = job("a", "exit 1") + job("b", "echo ${{ needs.a.outputs.v }}", needs="a") + job("c")
    kept = {"a": Kept("success", {"v": "7"}), "c": Kept("success", {})}
    seen = await bench.run(HEAD + jobs, kept=kept)
    assert seen.conclusions() == {"b": "success"}
    assert seen.said("b") == ["7"]
    assert seen.conclusion == "success"


async def test_what_needs_a_job_that_runs_again_runs_again(bench: Bench) -> None:
    jobs = job("a") + job("b", needs="a") + job("c", needs="b") + job("d")
    kept = {name: Kept("success", {}) for name in ("b", "c", "d")}
    assert set((await bench.run(HEAD + jobs, kept=kept)).outcomes) == {"a", "b", "c"}


async def test_of_a_matrix_only_what_failed_runs_again(bench: Bench) -> None:
    jobs = job("a", strategy="{matrix: {x: [1, 2]}}")
    seen = await bench.run(HEAD + jobs, kept={"a/0": Kept("success", {})})
    assert seen.conclusions() == {"a (2)": "success"}


async def test_a_job_skipped_before_stays_skipped(bench: Bench) -> None:
    kept = {"a": Kept("skipped", {})}
    seen = await bench.run(HEAD + job("a", strategy="{matrix: {x: [1, 2]}}") + job("b"), kept=kept)
    assert set(seen.outcomes) == {"b"}


async def test_a_log_begins_and_ends_as_that_of_actions(bench: Bench) -> None:
    log = (await bench.steps("- run: echo hello")).log()
    assert log.startswith("Current runner: CI Fixer sandbox runner\n##[group]Operating System\n")
    assert "Complete job name: test\n##[group]Run echo hello\n\x1b[36;1mecho hello\x1b[0m\nshell: " in log
    assert log.endswith("##[endgroup]\nhello\nCleaning up orphan processes\n")
    raw = (await bench.steps("- run: echo hello")).job.log
    assert raw is not None
    assert re.match(rb"\xef\xbb\xbf\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ", raw.read_bytes())


async def test_steps_are_numbered_with_those_of_the_runner(bench: Bench) -> None:
    seen = await bench.steps("- uses: actions/checkout@v4\n- run: echo hello\n- {name: Never, if: false, run: x}")
    assert [(one.number, one.name, one.conclusion) for one in seen.job.steps] == [
        (1, "Set up job", "success"),
        (2, "Run actions/checkout@v4", "success"),
        (3, "Run echo hello", "success"),
        (4, "Never", "skipped"),
        (5, "Post Run actions/checkout@v4", "success"),
        (6, "Complete job", "success"),
    ]
    assert seen.job.steps[3].started_at is None


async def test_of_a_finished_job_only_the_log_is_kept(bench: Bench) -> None:
    log = (await bench.steps("- run: touch file")).job.log
    assert log is not None
    assert [one.name for one in log.parent.iterdir()] == ["job.log"]
