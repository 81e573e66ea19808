"""Record the logs of `tests/analysis/recorded`: run each case's tool on its project, as a step of a workflow.

usage: .venv/bin/python scripts/record_logs.py NAME... | --missing | --all

Each case's project is laid in a scratch folder, its `install` commands run there, then its `run` script runs as a step
through the sandbox's runner, so that the log has the form that GitHub Actions writes. Nothing is changed in it but this
machine's own paths, which become those of a GitHub-hosted runner. Needs the registries that the case installs from.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from sandbox.running import BrokenWorkflow, JobOutcome, RunOrder
from sandbox.state import Trigger
from sandbox.workflows.contexts import Place
from sandbox.workflows.runner import LocalRunner
from tests.analysis.recorded_cases import FOLDER, Case, case_names, read_case

INSTALL_SECONDS = 900
JOB_FOLDER = "check-0"
_REPOSITORY = "repo"
"""Where the runner works on the only job, named `check`: the project is laid there before it begins."""
LARGEST_LOG = 60_000
"""Bytes: a fixture is read by people."""
_VERSION_SECONDS = 30
SCRATCH = "ci-fixer-recorded-"
_SHELL_WORDS = frozenset(
    {"cd", "export", "set", "if", "then", "fi", "for", "do", "done", "echo", "exit", "source", "."}
)


class NotRecorded(Exception):
    """The case could not be recorded; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Record the named cases, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--missing", action="store_true", help="every case that has no log yet")
    parser.add_argument("--all", action="store_true", help="every case anew")
    given = parser.parse_args(arguments)
    names = case_names() if given.all else given.names
    if given.missing:
        names = [name for name in case_names() if not (FOLDER / f"{name}.log").exists()]
    return record_each(names, record)


def record_each(names: Sequence[str], record: Callable[[str], None]) -> int:
    """Record them one after the other, say how each went, and give the exit code."""
    failed = 0
    for name in names:
        try:
            record(name)
        except (NotRecorded, OSError, ValueError) as error:
            failed += 1
            print(f"{name}: not recorded: {error}")
        else:
            print(f"{name}: recorded", flush=True)
    return 1 if failed else 0


def record(name: str) -> None:
    """Record one case. Raises NotRecorded, and leaves the old log where it was."""
    source = FOLDER / f"{name}.toml"
    case = read_case(source)
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
        # A folder that no text would name by chance, so that its path is safe to replace in the log.
        job = Path(scratch).resolve() / "run" / JOB_FOLDER
        project = place(job).workspace
        lay(project, case.files)
        path = os.pathsep.join([f"{project}/.venv/bin", f"{project}/node_modules/.bin", os.environ["PATH"]])
        install(case.install, project, {**os.environ, "PATH": path})
        versions = _versions(case, project, path)
        text = normal(asyncio.run(run_job(case, job.parent, path)), job)
    check(text)
    (FOLDER / f"{name}.log").write_text(text, encoding="utf-8", newline="\n")
    _write_versions(source, versions)


def lay(project: Path, files: Mapping[str, str]) -> None:
    """Write a case's files into the folder."""
    project.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        if text.startswith("#!"):
            file.chmod(0o755)


def install(commands: Sequence[str], project: Path, env: Mapping[str, str]) -> None:
    """Run the commands there. Raises NotRecorded for one that fails."""
    for command in commands:
        done = subprocess.run(
            ("bash", "-eo", "pipefail", "-c", command),
            cwd=project,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NotRecorded(f"`{command}` exited {done.returncode}: {(done.stderr or done.stdout)[-600:]}")


async def run_job(case: Case, workdir: Path, path: str) -> str:
    """Run the case's steps as a job, and give the log as it was written."""
    runner = LocalRunner()
    workflow = runner.parse("ci.yml", _workflow(case))
    if isinstance(workflow, BrokenWorkflow):
        raise NotRecorded(f"the case is no valid workflow: {workflow.message}")
    outer, os.environ["PATH"] = os.environ["PATH"], path
    watcher = _Watcher([])
    try:
        conclusion = await runner.run(workflow, _order(workdir), watcher)
    finally:
        os.environ["PATH"] = outer
    log = watcher.ended_jobs[0].log
    if log is not None and log.parent.name != JOB_FOLDER:
        raise NotRecorded(f"the runner works in {log.parent.name}, and the project was laid in {JOB_FOLDER}")
    if conclusion == "success" or log is None:
        raise NotRecorded("the step passed; a case shows a failure")
    return log.read_text(encoding="utf-8")


def _workflow(case: Case) -> str:
    steps: list[dict[str, object]] = [{"run": case.before}] if case.before else []
    steps.append({"run": case.run, **({"timeout-minutes": case.timeout_minutes} if case.timeout_minutes else {})})
    text: str = yaml.safe_dump({"on": "push", "jobs": {"check": {"runs-on": "ubuntu-latest", "steps": steps}}})
    return text


def _order(workdir: Path) -> RunOrder:
    return RunOrder(
        repository_git=workdir / "none.git",
        full_name=f"{_REPOSITORY}/{_REPOSITORY}",
        default_branch="main",
        trigger=Trigger("push", "refs/heads/main", "0" * 40, {}),
        actor="octocat",
        triggering_actor="octocat",
        run_id=1,
        run_number=1,
        attempt=1,
        server_url="https://github.com",
        workflow_path=".github/workflows/ci.yml",
        workdir=workdir,
    )


@dataclass(frozen=True)
class _Watcher:
    """Keeps the job that ended."""

    ended_jobs: list[JobOutcome]

    def queued(self, slot: str, name: str) -> None:
        """Nobody waits for this."""

    def started(self, slot: str, name: str) -> None:
        """Nobody waits for this."""

    def ended(self, outcome: JobOutcome) -> None:
        """Keep it."""
        self.ended_jobs.append(outcome)


def place(job: Path) -> Place:
    """Where the runner works on a job of that folder."""
    return Place(job, _REPOSITORY)


def normal(text: str, job: Path) -> str:
    """Write this machine's paths as those of a GitHub-hosted runner."""
    version = sysconfig.get_config_var("VERSION")
    for ours, theirs in (
        (str(place(job).workspace), "/home/runner/work/repo/repo"),
        (str(place(job).home), "/home/runner"),
        (str(job), "/home/runner/work/_temp"),
        (sys.base_prefix, f"/opt/hostedtoolcache/Python/{version}/x64"),
        (os.path.realpath(sys.base_prefix), f"/opt/hostedtoolcache/Python/{version}/x64"),
        (str(Path.home()), "/home/runner"),
    ):
        text = re.sub(rf"{re.escape(ours)}(?![\w-])", theirs, text)
    return text


def check(text: str) -> None:
    """Raise NotRecorded for a log that names this machine's folders, or is too long to be read."""
    checkout = str(Path(__file__).resolve().parent.parent)
    for wrong, what in ((checkout, "this checkout's folder"), (SCRATCH, "the scratch folder")):
        if wrong in text:
            at = text.index(wrong)
            raise NotRecorded(f"the log names {what}: …{text[max(0, at - 80) : at + 80]!r}")
    if len(text.encode()) > LARGEST_LOG:
        raise NotRecorded(f"the log has {len(text.encode())} bytes; a fixture has at most {LARGEST_LOG}")


def _versions(case: Case, project: Path, path: str) -> dict[str, str]:
    """Ask each program of the script, and each package that was installed by name, for its version."""
    found: dict[str, str] = {}
    for program in (*_programs(case.run), "bash"):
        place = shutil.which(program, path=path)
        if place is not None and (program != "bash" or not found):
            found[program] = _version_of(place, project, path)
    installed = " ".join(case.install) + case.files.get("package.json", "") + case.files.get("requirements.txt", "")
    found |= {
        name: version
        for name, version in _packages(project).items()
        if re.search(rf"(?<![\w/@.-]){re.escape(name)}(?![\w/-])", installed, re.IGNORECASE)
    }
    return {name: version for name, version in found.items() if version}


def _programs(script: str) -> list[str]:
    words = [line.split()[0] for line in script.replace("&&", "\n").splitlines() if line.split()]
    return list(dict.fromkeys(word for word in words if word not in _SHELL_WORDS and re.fullmatch(r"[\w./+-]+", word)))


def _version_of(place: str, project: Path, path: str) -> str:
    try:
        done = subprocess.run(
            (place, "--version"),
            cwd=project,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = [line.strip() for line in (done.stdout or done.stderr).splitlines() if re.search(r"\d\.\d", line)]
    return re.sub(r"/\S+", "", lines[0])[:80].strip() if lines and done.returncode == 0 else ""


def _packages(project: Path) -> dict[str, str]:
    """What stands in the project's own `.venv` and `node_modules`, by name."""
    found: dict[str, str] = {}
    for folder in project.glob(".venv/lib/python*/site-packages/*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        found[name.replace("_", "-")] = version
    for file in [*project.glob("node_modules/*/package.json"), *project.glob("node_modules/@*/*/package.json")]:
        version_line = re.search(r'"version"\s*:\s*"([^"]+)"', file.read_text(encoding="utf-8", errors="replace"))
        if version_line is not None:
            found[file.parent.relative_to(project / "node_modules").as_posix()] = version_line[1]
    return found


def _write_versions(source: Path, versions: Mapping[str, str]) -> None:
    """Put the table at the case's end; it is the recorder's own, whatever stood there."""
    text = re.sub(r"\n*\[versions\]\n(?:.*\n?)*\Z", "", source.read_text(encoding="utf-8")).rstrip("\n") + "\n"
    lines = [f'"{name}" = "{version}"' for name, version in versions.items()]
    day = f"# Recorded on {datetime.now(UTC):%Y-%m-%d}."
    source.write_text(text + "\n" + "\n".join(["[versions]", day, *lines]) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
