"""Steps as real processes: shells, files, conditions, time limits, what they leave running."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.workflows.runner import LocalRunner
from tests.sandbox.workflows.bench import Bench, Seen
from tests.sandbox.workflows.reading import readable


async def said(bench: Bench, steps: str, job: str = "") -> list[str]:
    return (await bench.steps(steps, job)).said()


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{run: 'echo $BASH_VERSION | cut -c1 | grep -c .'}", ["1"]),
        ("{run: \"echo $0 | grep -c script.sh\", shell: bash}", ["1"]),
        ("{run: 'echo ${BASH_VERSION:-none}', shell: sh}", ["none"]),
        ("{run: 'print(6 * 7)', shell: python}", ["42"]),
        ("{run: 'say this', shell: 'cat {0}'}", ["say this"]),
        ("{run: 'say this', shell: \"sed 's/this/that/' {0}\"}", ["say that"]),
    ],
)  # fmt: skip
async def test_shells(bench: Bench, step: str, expected: list[str]) -> None:
    assert await said(bench, f"- {step}") == expected


async def test_a_shell_stops_at_the_first_error_and_bash_also_in_a_pipe(bench: Bench) -> None:
    assert (await bench.steps("- run: false; echo on")).job.conclusion == "failure"
    assert (await bench.steps("- run: false | cat")).job.conclusion == "success"
    assert (await bench.steps("- {run: false | cat, shell: bash}")).job.conclusion == "failure"


@pytest.mark.parametrize("shell", ["fish-of-nowhere", "perl", "'{0}'", '"a \'b {0}"'])
async def test_a_shell_that_is_none_fails_with_a_sentence(bench: Bench, shell: str) -> None:
    seen = await bench.steps(f"- {{run: x, shell: {shell}}}")
    assert seen.job.conclusion == "failure"
    assert "Invalid shell option" in seen.log()


async def test_a_shell_that_is_not_on_this_machine_fails_with_a_sentence(bench: Bench) -> None:
    seen = await bench.steps("- {run: x, shell: 'shell-of-nowhere {0}'}")
    assert seen.said() == ["##[error]shell-of-nowhere: command not found"]


async def test_both_streams_are_the_log_in_their_order(bench: Bench) -> None:
    lines = await said(
        bench, "- run: |\n    echo one\n    echo two >&2\n    printf 'three'\n    printf '\\r\\nfour' >&2"
    )
    assert lines == ["one", "two", "three", "four"]


async def test_strange_bytes_are_no_fault(bench: Bench) -> None:
    assert await said(bench, r"- run: printf 'a\xff\xfeb\n\0c\n'") == ["a\ufffd\ufffdb", "\0c"]


async def test_a_line_without_end_is_cut(bench: Bench) -> None:
    lines = await said(bench, "- {run: \"print('x' * 3_000_000)\", shell: python}")
    assert [len(line) for line in lines] == [1048576, 1048576, 902848]


async def test_much_output_at_the_end_is_not_lost(bench: Bench) -> None:
    lines = await said(bench, "- {run: 'seq 20000'}")
    assert (len(lines), lines[-1]) == (20000, "20000")


async def test_steps_work_in_the_workspace_or_where_they_are_told(bench: Bench) -> None:
    steps = "- uses: actions/checkout@v4\n- run: cat a.txt\n- {run: cat b.txt, working-directory: src}"
    assert (await said(bench, steps))[-2:] == ["first", "deep"]
    defaults = "defaults: {run: {working-directory: '${{ github.event_name == ''push'' && ''src'' }}'}}"
    steps = "- uses: actions/checkout@v4\n- run: cat b.txt\n- {run: cat a.txt, working-directory: .}"
    assert (await said(bench, steps, defaults))[-2:] == ["deep", "first"]


async def test_a_folder_that_is_not_there_fails_as_on_a_runner(bench: Bench) -> None:
    seen = await bench.steps("- {run: x, working-directory: nowhere}")
    assert seen.job.conclusion == "failure"
    assert "An error occurred trying to start process" in seen.log()
    assert "No such file or directory" in seen.log()


async def test_nothing_of_this_process_is_seen_but_where_programs_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_TESTS", "s3cret")
    lines = await said(bench, "- run: env; ls -a ~")
    assert not [line for line in lines if "s3cret" in line]
    names = {line.partition("=")[0] for line in lines}
    assert {"PATH", "HOME", "CI", "GITHUB_ACTIONS", "RUNNER_TEMP", "GITHUB_STEP_SUMMARY"} <= names


async def test_the_runs_facts_are_in_environment_and_context(bench: Bench) -> None:
    names = ("sha", "ref", "ref_name", "ref_type", "event_name", "repository", "repository_owner", "actor", "run_id",
             "run_number", "run_attempt", "job", "workflow", "head_ref", "base_ref", "server_url")  # fmt: skip
    lines = "\n".join(f'    echo "{name}=$GITHUB_{name.upper()}=${{{{ github.{name} }}}}"' for name in names)
    shown = {line.split("=")[0]: line.split("=")[1:] for line in await said(bench, f"- run: |\n{lines}")}
    assert all(one == other for one, other in shown.values())
    assert shown["sha"][0] == bench.sha
    assert shown["ref_name"][0] == "main"
    assert shown["repository_owner"][0] == "octo"
    assert (shown["job"][0], shown["run_id"][0], shown["run_number"][0]) == ("test", "7", "3")


@pytest.mark.parametrize(
    ("ref", "name", "kind"),
    [
        ("refs/heads/feature/x", "feature/x", "branch"),
        ("refs/heads/refs/tags/odd", "refs/tags/odd", "branch"),
        ("refs/tags/v1", "v1", "tag"),
        ("refs/pull/7/merge", "7/merge", "branch"),
    ],
)
async def test_short_names_of_refs(bench: Bench, ref: str, name: str, kind: str) -> None:
    seen = await bench.steps("- run: echo $GITHUB_REF_NAME ${{ github.ref_type }}", ref=ref)
    assert seen.said() == [f"{name} {kind}"]


async def test_the_event_lies_in_a_file_and_in_the_context(bench: Bench) -> None:
    steps = "- run: |\n    cat $GITHUB_EVENT_PATH; echo\n    echo ${{ github.event.after }} ${{ runner.os }}"
    lines = await said(bench, steps)
    assert lines[0] == f'{{"after": "{bench.sha}"}}'
    assert lines[1].startswith(bench.sha)


async def test_what_a_step_writes_to_its_files_reaches_those_after_it(bench: Bench) -> None:
    (bench.folder / "bin").mkdir()
    tool = bench.folder / "bin" / "mytool"
    tool.write_text("#!/bin/sh\necho tooled\n")
    tool.chmod(0o755)
    steps = f"""
- id: first
  run: |
    echo "answer=42" >> $GITHUB_OUTPUT
    printf 'text<<E\\none\\ntwo\\nE\\n' >> "$GITHUB_OUTPUT"
    echo "KIND=exported" >> $GITHUB_ENV
    echo "{bench.folder}/bin" >> $GITHUB_PATH
    echo "now: ${{KIND:-unset}}"
- run: |
    echo "$KIND ${{{{ env.KIND }}}} ${{{{ steps.first.outputs.answer }}}}"
    mytool
    echo "${{{{ steps.first.outputs.text }}}}" | wc -l
- run: echo $KIND
  env: {{KIND: own}}
"""
    assert await said(bench, steps, "env: {KIND: job}") == ["now: job", "exported exported 42", "tooled", "2", "own"]


async def test_a_path_that_is_added_last_is_looked_in_first(bench: Bench) -> None:
    steps = "- run: printf '/first\\n/second\\n' >> $GITHUB_PATH\n- run: echo /third >> $GITHUB_PATH\n- run: echo $PATH"
    assert (await said(bench, steps))[0].startswith("/third:/second:/first:")


async def test_a_file_that_cannot_be_read_fails_its_step(bench: Bench) -> None:
    seen = await bench.steps("- {id: a, run: echo words >> $GITHUB_OUTPUT}\n- run: echo on")
    assert seen.steps() == {"Run echo words >> $GITHUB_OUTPUT": "failure", "Run echo on": "skipped"}
    assert seen.said()[0] == "##[error]Unable to process file command 'output' successfully."


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, "skipped"),
        ("failure()", "success"),
        ("always()", "success"),
        ("success() || failure()", "success"),
        ("'!failure()'", "skipped"),
        ("steps.bad.outcome == 'failure'", "skipped"),
        ("failure() && steps.bad.outcome == 'failure' && steps.bad.conclusion == 'failure'", "success"),
        ("failure() && steps.bad.outcome == 'success'", "skipped"),
        ("cancelled()", "skipped"),
        ("always() && job.status == 'failure'", "success"),
    ],
)
async def test_conditions_after_a_failed_step(bench: Bench, condition: str | None, expected: str) -> None:
    said = "" if condition is None else f"\n  if: {condition}"
    seen = await bench.steps(f"- {{id: bad, run: exit 1}}\n- name: After\n  run: 'true'{said}")
    assert seen.steps()["After"] == expected
    assert seen.job.conclusion == "failure"


async def test_a_failure_that_is_let_pass(bench: Bench) -> None:
    seen = await bench.steps(
        "- {id: bad, run: exit 1, continue-on-error: true}\n"
        "- run: echo ${{ steps.bad.outcome }} ${{ steps.bad.conclusion }} ${{ job.status }}"
    )
    assert seen.job.conclusion == "success"
    assert seen.said() == ["##[error]Process completed with exit code 1.", "failure success success"]
    assert seen.steps()["Run exit 1"] == "success"


async def test_a_failure_may_be_let_pass_by_an_expression(bench: Bench) -> None:
    seen = await bench.steps("- {run: exit 1, continue-on-error: \"${{ github.ref == 'refs/heads/main' }}\"}")
    assert seen.job.conclusion == "success"


async def test_a_skipped_step_has_said_nothing(bench: Bench) -> None:
    seen = await bench.steps(
        "- {id: a, if: false, run: x}\n- run: echo ${{ steps.a.conclusion }}-${{ steps.a.outputs.x }}"
    )
    assert seen.said() == ["skipped-"]


async def test_what_cannot_be_evaluated_fails_its_step(bench: Bench) -> None:
    seen = await bench.steps("- run: echo ${{ fromJSON('{') }}\n- {run: 'true', if: always(), name: After}")
    assert seen.job.conclusion == "failure"
    assert "##[error]The template is not valid. .github/workflows/ci.yml: fromjson:" in seen.log()
    assert seen.steps()["After"] == "success"


async def test_a_step_out_of_time_fails(bench: Bench) -> None:
    async with asyncio.timeout(30):
        seen = await bench.steps("- {name: Slow, run: sleep 60, timeout-minutes: 0.005}\n- {run: 'true', name: After}")
    assert seen.steps() == {"Slow": "failure", "After": "skipped"}
    assert seen.job.conclusion == "failure"
    assert seen.said() == ["##[error]The action 'Slow' has timed out after 0.005 minutes."]


async def test_a_job_out_of_time_is_cancelled_and_what_always_runs_runs(bench: Bench) -> None:
    steps = """
- {name: Slow, run: echo begun; sleep 60}
- {name: Usual, run: echo usual}
- {name: Always, if: always(), run: 'echo ${{ job.status }}'}
- {name: Cancelled, if: cancelled(), run: echo cancelled}
- {name: Failure, if: failure(), run: echo failed}
"""
    async with asyncio.timeout(30):
        seen = await bench.steps(steps, "timeout-minutes: 0.01")
    assert seen.job.conclusion == "cancelled"
    assert seen.steps() == {
        "Slow": "cancelled", "Usual": "skipped", "Always": "success", "Cancelled": "success", "Failure": "skipped",
    }  # fmt: skip
    assert seen.said() == ["begun", "##[error]The operation was canceled.", "cancelled", "cancelled"]
    assert "exceeded the maximum execution time" in seen.job.annotations[-1].message
    assert seen.conclusion == "cancelled"


async def stopped_once_begun(bench: Bench, script: str) -> Seen:
    """Run a step of Python that makes the file `begun`, and cancel the run then."""
    order, seen = bench.order(), Seen()
    begun = bench.folder / "begun"
    text = f'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{{shell: python, run: "{script}"}}]\n'
    running = asyncio.create_task(LocalRunner().run(readable(text.replace("BEGUN", str(begun))), order, seen))
    async with asyncio.timeout(30):
        while not begun.exists():  # noqa: ASYNC110  # made by the step, another process
            await asyncio.sleep(0.02)
        order.stop.set()
        seen.conclusion = await running
    return seen


async def test_a_step_is_asked_to_end_before_it_is_killed(bench: Bench) -> None:
    # Whoever starts the tests in the background of a shell has them ignore SIGINT, and their children too.
    heeding = "import signal, time\\nsignal.signal(2, signal.default_int_handler)"
    asked = f"{heeding}\\ntry: open('BEGUN', 'x'); time.sleep(60)\\nexcept KeyboardInterrupt: print('asked')"
    assert (await stopped_once_begun(bench, asked)).said()[0] == "asked"


async def test_a_step_that_will_not_end_is_killed(bench: Bench) -> None:
    deaf = "import signal, time\\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)"
    seen = await stopped_once_begun(bench, f"{deaf}\\nprint('deaf', flush=True)\\nopen('BEGUN', 'x')\\ntime.sleep(60)")
    assert seen.said()[0] == "deaf"
    assert seen.conclusion == "cancelled"


async def test_a_program_ended_by_a_signal_shows_its_number(bench: Bench) -> None:
    seen = await bench.steps("- run: kill -9 $$")
    assert seen.said() == ["##[error]Process completed with exit code 137."]


async def test_what_runs_in_the_background_lives_until_the_job_ends(bench: Bench) -> None:
    mark = bench.folder / "pid"
    steps = f"""
- run: |
    sleep 300 &
    echo $! > {mark}
    echo done
- run: kill -0 $(cat {mark}) && echo alive
"""
    async with asyncio.timeout(60):
        seen = await bench.steps(steps)
    assert seen.said()[:2] == ["done", "alive"]
    await until(gone, mark)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds them by /proc")
async def test_what_has_left_its_group_is_found_and_named(bench: Bench) -> None:
    mark = bench.folder / "pid"
    setsid = shutil.which("setsid")
    assert setsid is not None
    async with asyncio.timeout(60):
        seen = await bench.steps(f"- run: {setsid} -f sh -c 'echo $$ > {mark}; exec sleep 300' >/dev/null 2>&1; "
                                 f"while [ ! -s {mark} ]; do sleep 0.05; done")  # fmt: skip
    assert f"Terminate orphan process: pid ({mark.read_text().strip()}) (sleep)" in seen.log()
    await until(gone, mark)


async def until(holds: Callable[[Path], bool], file: Path) -> None:
    async with asyncio.timeout(20):
        while not holds(file):  # noqa: ASYNC110 - nothing tells of another process
            await asyncio.sleep(0.02)


def gone(mark: Path) -> bool:
    """Whether the process of a file is no more, or no more than a zombie that another will reap."""
    pid = int(mark.read_text())
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


async def test_a_background_program_that_keeps_talking_holds_nothing_up(bench: Bench) -> None:
    async with asyncio.timeout(60):
        seen = await bench.steps("- run: (while true; do echo noise; done) & echo begun\n- run: echo next")
    assert seen.job.conclusion == "success"
    assert "next" in seen.said()


async def test_masks_hold_for_all_steps_after(bench: Bench) -> None:
    lines = await said(bench, "- run: echo ::add-mask::s3cret\n- run: echo my s3cret")
    assert lines == ["my ***"]


async def test_annotations_are_those_of_all_steps(bench: Bench) -> None:
    seen = await bench.steps("- run: echo '::warning file=a.py,line=3,title=Style::long'\n- run: exit 7")
    assert [(one.path, one.start_line, one.level, one.message, one.title) for one in seen.job.annotations] == [
        ("a.py", 3, "warning", "long", "Style"),
        (".github", 5, "failure", "Process completed with exit code 7.", ""),
    ]


async def test_stdin_is_empty(bench: Bench) -> None:
    assert await said(bench, "- run: cat; echo end") == ["end"]


async def test_a_cancelled_run_leaves_nothing_running(bench: Bench) -> None:
    mark = bench.folder / "pid"
    running = asyncio.create_task(bench.steps(f"- run: echo $$ > {mark}; exec sleep 300"))
    await until(written, mark)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(gone, mark)


def written(file: Path) -> bool:
    return file.exists() and file.read_text().endswith("\n")
