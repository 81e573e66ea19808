"""Small projects whose checks truly fail: the log is what a real tool printed, wrapped as GitHub Actions writes it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.analyze import analyze
from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.patch import apply_edits, prove
from analysis.recipes import CombinedProposal, propose_all, wanted

_STAMP = "2026-03-01T10:00:00.{:07d}Z "


@dataclass(frozen=True, slots=True)
class Check:
    """A step's name, the command as the workflow has it, and the same as this machine runs it."""

    step: str
    command: str
    arguments: Sequence[str]


RUFF_CHECK = Check("Lint", "ruff check .", ("ruff", "check", "--isolated", "--no-cache", "--select", "F", "."))
RUFF_CONCISE = Check(
    "Lint",
    "ruff check --output-format concise .",
    ("ruff", "check", "--isolated", "--no-cache", "--select", "F", "--output-format", "concise", "."),
)
RUFF_GITHUB = Check(
    "Lint",
    "ruff check --output-format github .",
    ("ruff", "check", "--isolated", "--no-cache", "--select", "F", "--output-format", "github", "."),
)
RUFF_FORMAT = Check("Format", "ruff format --diff .", ("ruff", "format", "--isolated", "--no-cache", "--diff", "."))
PYTEST = Check(
    "Test", "pytest", ("pytest", "-p", "no:cacheprovider", "-p", "no:asyncio", "-c", "/dev/null", "--rootdir", ".")
)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a project's files."""

    root: Path

    def write(self, files: Mapping[str, str]) -> "Project":
        """Write the files, and give the project back."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(text.encode())
        return self

    def run(self, check: Check) -> tuple[int, str]:
        """Run a check and give its exit code and what it printed, on both streams as a job's log has them."""
        done = subprocess.run(
            [sys.executable, "-B", "-m", *check.arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout.decode()

    def diagnosis(self, check: Check) -> Diagnosis:
        """Diagnose the check's log; it must be red."""
        code, printed = self.run(check)
        assert code != 0, printed
        checked_out = printed.replace(str(self.root), "/home/runner/work/app/app")
        return analyze([actions_log(check, checked_out, code)])

    def files(self, paths: frozenset[str]) -> dict[str, SourceFile]:
        """Read the files that a recipe asked for, as far as they are there."""
        present = sorted(path for path in paths if (self.root / path).is_file())
        return {path: SourceFile(path, (self.root / path).read_bytes(), "0" * 40) for path in present}

    def mend(self, *checks: Check) -> CombinedProposal | None:
        """Diagnose the checks, apply what the recipes propose together, and give the proposal."""
        diagnoses = [self.diagnosis(check) for check in checks]
        files = self.files(wanted(diagnoses))
        proposal = propose_all(diagnoses, files)
        if proposal is not None:
            patch = apply_edits(files, proposal.edits)
            prove(patch)
            for patched in patch.files:
                (self.root / patched.path).write_bytes(patched.after)
        return proposal


def actions_log(check: Check, printed: str, code: int) -> bytes:
    """Write a step's output as the log of a job: time stamps, groups, and the runner's last word."""
    lines = [
        f"##[group]Run {check.command}",
        f"\x1b[36;1m{check.command}\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        *printed.removesuffix("\n").split("\n"),
        f"##[error]Process completed with exit code {code}.",
        "Post job cleanup.",
        "[command]/usr/bin/git version",
        "git version 2.49.0",
        "Cleaning up orphan processes",
    ]
    # A command's `::error file=...` reaches the log as `##[error]`.
    told = ["##[error]" + line.rpartition("::")[2] if line.startswith("::error ") else line for line in lines]
    return "".join(f"{_STAMP.format(number)}{line}\n" for number, line in enumerate(told)).encode()
