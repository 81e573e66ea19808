"""The recipes on a project that really fails: ruff finds the faults, the recipes mend them, ruff and Python agree."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint, Level, Location, LogLine
from analysis.edits import SourceFile
from analysis.patch import apply_edits
from analysis.recipes import propose_all, wanted

HYPOTENUSE = "\n\ndef hypotenuse(a, b):\n    return math.hypot(a, b)\n"
RED = {
    "swapped": "import os\n" + HYPOTENUSE,
    "one of several": "from os import path, sep\n\nprint(sep)\n" + HYPOTENUSE,
    "alias": "import json as js\nimport sys\n\nprint(sys.path[:0])\n" + HYPOTENUSE,
    "docstring": '"""Triangles."""\n\nimport os\n' + HYPOTENUSE,
}


def ruff(project: Path) -> list[Location]:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F", "--output-format", "json"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [
        Location(
            path=Path(found["filename"]).name,
            line=found["location"]["row"],
            column=found["location"]["column"],
            end_line=None,
            level=Level.ERROR,
            message=found["message"],
            rule=found["code"],
            tool="ruff",
            log_line=number,
        )
        for number, found in enumerate(json.loads(done.stdout), start=1)
    ]


def diagnosed(locations: list[Location]) -> Diagnosis:
    return Diagnosis(
        lines=len(locations),
        bytes=100,
        category=Category.LINT,
        confidence=1.0,
        tool="ruff",
        step=None,
        exit_code=1,
        headline=locations[0].message,
        root_line=LogLine(1, locations[0].message),
        fingerprint=Fingerprint("ruff:0"),
        message=locations[0].message,
        evidence=Evidence(8000, 0, ()),
        locations=tuple(locations),
    )


@pytest.mark.parametrize("name", RED)
def test_what_ruff_refuses_is_mended_and_runs(tmp_path: Path, name: str) -> None:
    file = tmp_path / "triangle.py"
    file.write_text(RED[name])
    found = ruff(tmp_path)
    assert {location.rule for location in found} == {"F401", "F821"}
    diagnosis = diagnosed(found)
    assert wanted([diagnosis]) == {"triangle.py"}

    source = SourceFile("triangle.py", file.read_bytes(), "0" * 40)
    proposal = propose_all([diagnosis], {"triangle.py": source})
    assert proposal is not None
    assert proposal.covers == (0,)
    file.write_bytes(apply_edits({"triangle.py": source}, proposal.edits).files[0].after)

    assert ruff(tmp_path) == []
    ran = subprocess.run(
        [sys.executable, "-c", "from triangle import hypotenuse; assert hypotenuse(3, 4) == 5"],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_a_name_that_no_standard_module_has_gets_no_proposal(tmp_path: Path) -> None:
    file = tmp_path / "triangle.py"
    file.write_text("print(hypotenuse_of(3, 4))\n")
    source = SourceFile("triangle.py", file.read_bytes(), "0" * 40)
    assert propose_all([diagnosed(ruff(tmp_path))], {"triangle.py": source}) is None
