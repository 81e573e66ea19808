"""Run the tools of tests/analysis/pairs on both projects of each mistake, and keep what they write:
scripts/record_pairs.py TOOL... | --missing

As scripts/record_logs.py does, but what a tool needs is installed once for all of its projects.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.diagnosis import Category
from scripts.record_logs import (
    JOB_FOLDER,
    SCRATCH,
    NotRecorded,
    check,
    install,
    lay,
    normal,
    place,
    record_each,
    run_job,
)
from tests.analysis.recorded_cases import Case
from tests.analysis.recorded_pairs import FOLDER, Side, read_tool, tool_names, write_logs


def main(arguments: Sequence[str]) -> int:
    """Record the named tools, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", metavar="TOOL")
    parser.add_argument("--missing", action="store_true", help="every tool that has no logs yet")
    given = parser.parse_args(arguments)
    names = given.tools
    if given.missing:
        names = [name for name in tool_names() if not (FOLDER / f"{name}.logs").exists()]
    return record_each(names, record)


def record(name: str) -> None:
    """Record all projects of one tool. Raises NotRecorded with the one that could not be, and keeps the old logs."""
    tool = read_tool(name)
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as scratch:
        job = Path(scratch).resolve() / "run" / JOB_FOLDER
        project = place(job).workspace
        path = os.pathsep.join([f"{project}/.venv/bin", f"{project}/node_modules/.bin", os.environ["PATH"]])
        project.mkdir(parents=True)
        install(tool.install, project, {**os.environ, "PATH": path})
        # The runner takes its folder away when a job has ended.
        installed = Path(scratch) / "installed"
        project.rename(installed)
        write_logs(name, {side: _log(side, what, job, path, installed) for side, what in tool.sides.items()})


def _log(name: str, side: Side, job: Path, path: str, installed: Path) -> str:
    """What one project's step wrote, in a folder that holds nothing of the project before."""
    project = place(job).workspace
    shutil.copytree(installed, project, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
    lay(project, side.files)
    case = Case(tool="", category=Category.UNKNOWN, run=side.run, root=[])
    try:
        text = normal(asyncio.run(run_job(case, job.parent, path)), job)
        check(text)
    except NotRecorded as error:
        raise NotRecorded(f"{name}: {error}") from error
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
