"""How many red repositories end green: each case of `tests/repairs/cases` through the whole App, with real CI.

usage: python -m scripts.repair_rate [NAME...] [--record]     (every case without a name)

A small green project is pushed to a local GitHub stand-in, broken by a pull request, diagnosed, mended by a recipe,
approved by a person and tried again by CI: `verified` is CI's word alone. Prints what was expected and what came, and
the rate; --record keeps each failing log and verified diff for `make test`. Ends with 1 if a case came out otherwise.
Tools that the machine lacks are installed once into `.cache/repair-tools`; a case whose programs are missing is named
and left out.
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
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from sandbox.registry import SandboxRepository
from storage.embedded import embedded
from storage.migrate import migrate
from tests.handlers.house import House, house
from tests.repairs.cases import RECORDED, Case, case_names, case_of, tools

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "repair-tools"
ADVISED = "No fix to commit:"
"""How the report begins where a recipe has words and no edits."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case; `log` and `diff` are those of the failure and of its fix."""

    ended: str
    recipes: tuple[str, ...] = ()
    log: str = ""
    diff: str = ""

    def is_as_expected(self, case: Case) -> bool:
        """Whether it came as its author said, by the recipe that its author named."""
        return self.ended == case.ends and (not case.recipe or case.ends == "advised" or case.recipe in self.recipes)


def main() -> int:
    """Run the cases, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--record", action="store_true", help="keep logs and diffs of what came as expected")
    given = parser.parse_args()
    _install_tools()
    names = given.names or case_names()
    missing = {name: lack for name in names if (lack := _lacks(case_of(name)))}
    for name, lack in missing.items():
        print(f"{name}: left out, there is no {', '.join(lack)}")
    told = asyncio.run(_all([name for name in names if name not in missing]))
    for name, outcome in told.items():
        _tell(name, outcome)
        if given.record and outcome.is_as_expected(case_of(name)):
            _record(name, outcome)
    _sum_up(told)
    return 0 if all(outcome.is_as_expected(case_of(name)) for name, outcome in told.items()) else 1


def _install_tools() -> None:
    """Install what is missing, and put it first on PATH, which is all that the sandbox's jobs see of this process."""
    wanted, mark = tools(), TOOLS / "installed"
    text = repr(wanted)
    if not mark.exists() or mark.read_text() != text:
        print("installing the tools of the cases; a minute or two")
        (TOOLS / "node").mkdir(parents=True, exist_ok=True)
        subprocess.run((sys.executable, "-m", "venv", TOOLS / "python"), check=True)
        if wanted.pip:
            subprocess.run((TOOLS / "python" / "bin" / "pip", "install", "--quiet", *wanted.pip), check=True)
        if wanted.npm:
            command = ("npm", "install", "--no-audit", "--no-fund", "--prefix", str(TOOLS / "node"), *wanted.npm)
            subprocess.run(command, check=True)
        mark.write_text(text)
    first = [TOOLS / "python" / "bin", TOOLS / "node" / "node_modules" / ".bin", *_toolchains()]
    os.environ["PATH"] = os.pathsep.join([*map(str, first), os.environ["PATH"]])


def _toolchains() -> list[Path]:
    """Rust's real programs: what rustup puts on PATH asks for a home folder that no job has."""
    if shutil.which("rustc") is None:
        return []
    asked = subprocess.run(("rustc", "--print", "sysroot"), capture_output=True, text=True, check=True)
    return [Path(asked.stdout.strip()) / "bin"]


def _lacks(case: Case) -> list[str]:
    return [program for program in case.needs if shutil.which(program) is None]


async def _all(names: Sequence[str]) -> dict[str, Outcome]:
    with tempfile.TemporaryDirectory(prefix="ci-fixer-repairs-") as scratch:
        folder = Path(scratch)
        async with _opened(folder) as home:
            return {name: await _repair(home, name) for name in track(names, "repairing", transient=True)}


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[House]:
    with embedded(folder / "database", durable=False) as url:
        await migrate(url)
        async with house(url, folder) as home:
            await home.settle()
            yield home


async def _repair(home: House, name: str) -> Outcome:
    """One case through the App. Each has an owner and a repository of its own, so that none sees another's history."""
    case = case_of(name)
    repository = await _made(home, name, case)
    await home.sandbox.push(repository, "main", {"CHANGES": b"Begun.\n"}, "Begin", "octo")
    await home.settle()
    if not _passed(home, repository):
        return Outcome("red before it was broken", log=_log(home, repository))
    broken = {path: text.encode() for path, text in case.broken.items()}
    await home.sandbox.push(repository, "change", broken, "Change it", "mona")
    number = await home.sandbox.open_pull_request(repository, "mona", "change", "main", "Change it")
    await home.settle()
    if _passed(home, repository):
        return Outcome("green although it was broken")
    return await _mended(home, repository, number, _log(home, repository))


async def _made(home: House, name: str, case: Case) -> SandboxRepository:
    owner = f"team-{name}"
    await home.sandbox.create_user(owner)
    repository = await home.sandbox.create_repository(owner, "project", case.before())
    for login in ("mona", "octo"):
        await home.sandbox.set_role(repository, login, "write")
    await home.sandbox.install(home.app, owner, [repository])
    await home.settle()
    return repository


async def _mended(home: House, repository: SandboxRepository, number: int, log: str) -> Outcome:
    async with home.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT fix_id, source, diff, findings FROM suggested_fixes WHERE repository_id = %s", (repository.id,)
        )
        fix = await cursor.fetchone()
        cursor = await connection.execute("SELECT note FROM analyses WHERE repository_id = %s", (repository.id,))
        note = await cursor.fetchone()
    if fix is None:
        advised = note is not None and str(note[0]).startswith(ADVISED)
        return Outcome("advised" if advised else "nothing", log=log)
    recipes = tuple(str(fix[1]).removeprefix("recipe:").split(","))
    if any(finding["blocking"] for finding in fix[3]):
        return Outcome("offered", recipes, log, str(fix[2]))
    await home.sandbox.comment(repository, number, "mona", f"/approve F{fix[0]}")
    await home.settle()
    state = await home.value(f"SELECT state FROM suggested_fixes WHERE fix_id = {fix[0]}")  # noqa: S608 - a number
    green = _passed(home, repository)
    ended = str(state) if (state == "verified") == green else f"{state} against CI"
    return Outcome(ended, recipes, log, str(fix[2]))


def _passed(home: House, repository: SandboxRepository) -> bool:
    return home.sandbox.runs(repository)[-1].attempt.conclusion == "success"


def _log(home: House, repository: SandboxRepository) -> str:
    return _hosted(home.sandbox.read_log(repository, home.sandbox.runs(repository)[-1].id))


def _hosted(text: str) -> str:
    """Write this machine's paths as those of a GitHub-hosted runner."""
    text = re.sub(r"\S*/runs/\d+-\d+/[\w-]+/work\b", "/home/runner/work", text)
    version = sysconfig.get_config_var("VERSION")
    for ours, theirs in (
        (str(TOOLS / "python"), f"/opt/hostedtoolcache/Python/{version}/x64"),
        (str(TOOLS / "node"), "/opt/hostedtoolcache/node"),
        (str(ROOT), "/opt/hostedtoolcache"),
        (sys.base_prefix, f"/opt/hostedtoolcache/Python/{version}/x64"),
        (str(Path.home()), "/home/runner"),
    ):
        text = text.replace(ours, theirs)
    return text


def _tell(name: str, outcome: Outcome) -> None:
    case = case_of(name)
    by = f" by {', '.join(outcome.recipes)}" if outcome.recipes else ""
    good = outcome.is_as_expected(case)
    print(f"{'ok ' if good else 'NOT'} {name}: {outcome.ended}{by}" + ("" if good else f"; expected {case.ends}"))


def _record(name: str, outcome: Outcome) -> None:
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.log").write_text(outcome.log, encoding="utf-8", newline="\n")
    diff = RECORDED / f"{name}.diff"
    diff.unlink(missing_ok=True)
    if outcome.diff:
        diff.write_text(outcome.diff, encoding="utf-8", newline="\n")


def _sum_up(told: dict[str, Outcome]) -> None:
    inside = [name for name in told if case_of(name).ends == "verified"]
    verified = [name for name in inside if told[name].ended == "verified"]
    outside = [name for name in told if case_of(name).ends == "nothing"]
    wrong = [name for name in told if told[name].ended in {"ineffective", "failed"} or "against" in told[name].ended]
    wrong += [name for name in outside if told[name].recipes]
    ecosystems = Counter(case_of(name).ecosystem for name in told)
    print(f"{len(told)} red repositories in {len(ecosystems)} ecosystems: {dict(ecosystems)}")
    print(f"in a recipe's class: {len(verified)} of {len(inside)} ended verified")
    print(f"in none: {len(outside)}; wrong fixes over all: {len(wrong)} {sorted(set(wrong)) or ''}")


if __name__ == "__main__":
    sys.exit(main())
