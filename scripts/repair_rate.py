"""How many red repositories end green: each case of `tests/repairs/cases` through the whole App, with real CI.

usage: python -m scripts.repair_rate [NAME...] [--record] [--cases FOLDER]     (every case without a name)

A small green project is pushed to a local GitHub stand-in, broken by a pull request, diagnosed, mended by a recipe,
approved by a person and tried again by CI: `verified` is CI's word alone. Prints what was expected and what came, and
the rate; --record keeps each failing log and verified diff for `make test`, --cases tries others. Ends with 1 if a case
came out otherwise.
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
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from handlers.tasks.proposing import ADVISED
from sandbox.registry import SandboxRepository
from storage.embedded import embedded
from storage.migrate import migrate
from tests.handlers.house import House, house
from tests.repairs.cases import FOLDER, RECORDED, Case, cases, tools

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".cache" / "repair-tools"


@dataclass(frozen=True, slots=True)
class Ended:
    """How one case ended, by which recipes; `log` and `diff` are those of the failure and of its fix."""

    how: str
    recipes: tuple[str, ...] = ()
    log: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case, beside what its author said."""

    name: str
    case: Case
    ended: Ended

    @property
    def is_as_expected(self) -> bool:
        """Whether it ended as its author said, by the recipe that its author named."""
        named = not self.case.recipe or self.case.ends == "advised" or self.case.recipe in self.ended.recipes
        return self.ended.how == self.case.ends and named

    @property
    def is_wrong_fix(self) -> bool:
        """A fix that CI did not find green, or one where nothing was certain."""
        tried = "against" in self.ended.how or self.ended.how in {"ineffective", "failed"}
        return tried or (self.case.ends == "nothing" and self.ended.how in {"verified", "offered"})

    def __str__(self) -> str:
        by = f" by {', '.join(self.ended.recipes)}" if self.ended.recipes else ""
        if self.is_as_expected:
            return f"ok  {self.name}: {self.ended.how}{by}"
        return f"NOT {self.name}: {self.ended.how}{by}; expected {self.case.ends} {self.case.recipe}"


def main() -> int:
    """Run the cases, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--record", action="store_true", help="keep logs and diffs of what came as expected")
    parser.add_argument("--cases", type=Path, default=FOLDER, metavar="FOLDER", help="cases of your own")
    given = parser.parse_args()
    known = cases(given.cases)
    if unknown := set(given.names) - set(known):
        print(f"there is no case {', '.join(sorted(unknown))} in {given.cases}", file=sys.stderr)
        return 2
    _install_tools()
    told = asyncio.run(_all(_runnable({name: known[name] for name in given.names or known}), given.record))
    _sum_up(told)
    return 0 if all(each.is_as_expected for each in told) else 1


def _runnable(chosen: Mapping[str, Case]) -> dict[str, Case]:
    missing = {name: lack for name, case in chosen.items() if (lack := _lacks(case))}
    for name, lack in missing.items():
        print(f"{name}: left out, there is no {', '.join(lack)}")
    return {name: case for name, case in chosen.items() if name not in missing}


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


async def _all(chosen: Mapping[str, Case], record: bool) -> list[Outcome]:
    """Run one after the other, and tell each as it ends."""
    told: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="ci-fixer-repairs-") as scratch:
        folder = Path(scratch)
        async with _opened(folder) as home:
            for name, case in chosen.items():
                told.append(Outcome(name, case, await _ended(home, name, case)))
                print(f"{len(told)}/{len(chosen)} {told[-1]}", flush=True)
                if record and told[-1].is_as_expected:
                    _record(told[-1])
    return told


async def _ended(home: House, name: str, case: Case) -> Ended:
    try:
        return await _repair(home, name, case)
    except TimeoutError:
        return Ended("still running after a minute")


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[House]:
    with embedded(folder / "database", durable=False) as url:
        await migrate(url)
        async with house(url, folder) as home:
            await home.settle()
            yield home


async def _repair(home: House, name: str, case: Case) -> Ended:
    """One case through the App. Each has an owner and a repository of its own, so that none sees another's history."""
    repository = await _made(home, name, case)
    await home.sandbox.push(repository, "main", {"CHANGES": b"Begun.\n"}, "Begin", "octo")
    await home.settle()
    if not _passed(home, repository):
        return Ended("red before it was broken", log=_log(home, repository))
    broken = {path: text.encode() for path, text in case.broken.items()}
    await home.sandbox.push(repository, "change", broken, "Change it", "mona")
    number = await home.sandbox.open_pull_request(repository, "mona", "change", "main", "Change it")
    await home.settle()
    if _passed(home, repository):
        return Ended("green although it was broken")
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


async def _mended(home: House, repository: SandboxRepository, number: int, log: str) -> Ended:
    async with home.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT fix_id, source, diff, findings FROM suggested_fixes WHERE repository_id = %s", (repository.id,)
        )
        fix = await cursor.fetchone()
        cursor = await connection.execute("SELECT note FROM analyses WHERE repository_id = %s", (repository.id,))
        note = await cursor.fetchone()
    if fix is None:
        advised = note is not None and str(note[0]).startswith(ADVISED)
        return Ended("advised" if advised else "nothing", log=log)
    recipes = tuple(str(fix[1]).removeprefix("recipe:").split(","))
    if any(finding["blocking"] for finding in fix[3]):
        return Ended("offered", recipes, log, str(fix[2]))
    await home.sandbox.comment(repository, number, "mona", f"/approve F{fix[0]}")
    await home.settle()
    state = await home.value(f"SELECT state FROM suggested_fixes WHERE fix_id = {fix[0]}")  # noqa: S608 - a number
    green = _passed(home, repository)
    ended = str(state) if (state == "verified") == green else f"{state} against CI"
    return Ended(ended, recipes, log, str(fix[2]))


def _passed(home: House, repository: SandboxRepository) -> bool:
    return home.sandbox.runs(repository)[-1].attempt.conclusion == "success"


def _log(home: House, repository: SandboxRepository) -> str:
    return _hosted(home.sandbox.read_log(repository, home.sandbox.runs(repository)[-1].id))


def _hosted(text: str) -> str:
    """Write this machine's paths as those of a GitHub-hosted runner."""
    job = r"[^\s\"'(=]*/runs/\d+-\d+/[\w-]+/"
    for ours, theirs in (("work", "/home/runner/work"), ("temp", "/home/runner/work/_temp"), ("home", "/home/runner")):
        text = re.sub(rf"{job}{ours}\b", theirs, text)
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


def _record(outcome: Outcome) -> None:
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{outcome.name}.log").write_text(outcome.ended.log, encoding="utf-8", newline="\n")
    diff = RECORDED / f"{outcome.name}.diff"
    diff.unlink(missing_ok=True)
    if outcome.ended.diff:
        diff.write_text(outcome.ended.diff, encoding="utf-8", newline="\n")


def _sum_up(told: Sequence[Outcome]) -> None:
    inside = [each for each in told if each.case.ends == "verified"]
    verified = [each for each in inside if each.ended.how == "verified"]
    wrong = [each.name for each in told if each.is_wrong_fix]
    ecosystems = Counter(each.case.ecosystem for each in told)
    print(f"{len(told)} red repositories in {len(ecosystems)} ecosystems: {dict(ecosystems)}")
    print(f"in a recipe's class: {len(verified)} of {len(inside)} ended verified")
    print(f"outside of it: {len(told) - len(inside)}; wrong fixes over all: {len(wrong)} {wrong or ''}")


if __name__ == "__main__":
    sys.exit(main())
