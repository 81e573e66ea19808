from dataclasses import replace

from analysis.recipes import propose_all, wanted
from analysis.recipes.ruff_unused_import import UnusedImport
from tests.analysis.recipes.red import PYTEST, RUFF_CHECK, RUFF_FORMAT, Project

SWAPPED = "import os\n\n\ndef area(r):\n    return math.pi * r\n"
TEST = "from shapes import area\n\n\ndef test_area():\n    assert area(1) > 3\n"


def test_one_job_removes_an_import_where_another_adds_one(project: Project) -> None:
    project.write({"shapes.py": SWAPPED, "test_shapes.py": TEST})
    proposal = project.mend(RUFF_CHECK, PYTEST)
    assert proposal is not None
    assert proposal.covers == (0, 1)
    assert (project.root / "shapes.py").read_text() == SWAPPED.replace("import os", "import math")
    assert [project.run(check)[0] for check in (RUFF_CHECK, PYTEST)] == [0, 0]


def test_the_order_of_the_jobs_does_not_matter(project: Project) -> None:
    project.write({"shapes.py": SWAPPED, "test_shapes.py": TEST})
    diagnoses = [project.diagnosis(RUFF_CHECK), project.diagnosis(PYTEST)]
    files = project.files(wanted(diagnoses))
    one, other = propose_all(diagnoses, files), propose_all(diagnoses[::-1], files)
    assert one is not None
    assert other is not None
    assert one.edits == other.edits


def test_a_formatter_and_a_linter_mend_one_file_together(project: Project) -> None:
    project.write({"shapes.py": "import os\n\ndef area( r ):\n    return r*  r\n"})
    proposal = project.mend(RUFF_CHECK, RUFF_FORMAT)
    assert proposal is not None
    assert proposal.covers == (0, 1)
    assert [project.run(check)[0] for check in (RUFF_CHECK, RUFF_FORMAT)] == [0, 0]


def test_a_job_that_would_fail_all_the_same_gets_no_edit(project: Project) -> None:
    project.write({"a.py": "import os\n\nprint(undefined_name)\n", "b.py": "x=1\n"})
    proposal = project.mend(RUFF_CHECK, RUFF_FORMAT)
    assert proposal is not None
    assert proposal.covers == (1,)
    assert {edit.path for edit in proposal.edits} == {"b.py"}


def test_the_same_failure_in_three_jobs_is_mended_once_and_covered_thrice(project: Project) -> None:
    project.write({"a.py": "import os\nimport re\n\nprint(re)\n"})
    proposal = project.mend(RUFF_CHECK, RUFF_CHECK, RUFF_CHECK)
    assert proposal is not None
    assert (proposal.covers, len(proposal.edits), proposal.summary) == (
        (0, 1, 2),
        1,
        "Remove the unused import `os` from `a.py`",
    )


def test_lines_that_an_earlier_recipe_moved_are_still_found(project: Project) -> None:
    twice = "import re\nimport os\n\n\ndef f():\n    import re\n\n    return os.sep\n\n\ndef g():\n    return math.pi\n"
    project.write({"a.py": twice})
    proposal = project.mend(RUFF_CHECK)
    assert proposal is not None
    assert project.run(RUFF_CHECK)[0] == 0


def test_nothing_is_proposed_where_nothing_is_wanted() -> None:
    assert propose_all([], {}) is None
    assert wanted([]) == frozenset()


def test_paths_that_cannot_be_the_repositorys_are_not_asked_for(project: Project) -> None:
    project.write({"a.py": "import os\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    odd = ("/etc/a.py", "../a.py", "a//b.py", "./a.py", "a\x07.py", "a" * 1025 + ".py", "a.py")
    places = tuple(replace(diagnosis.locations[0], path=path) for path in odd)
    assert wanted([replace(diagnosis, locations=places)]) == {"a.py"}


def test_no_more_paths_are_asked_for_than_a_small_fix_can_have(project: Project) -> None:
    project.write({"a.py": "import os\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    places = tuple(replace(diagnosis.locations[0], path=f"{number}.py") for number in range(500))
    assert len(wanted([replace(diagnosis, locations=places)])) == 100


def test_a_file_too_deep_to_follow_does_not_stop_the_others(project: Project) -> None:
    project.write({"a.py": "import os\n", "b.py": "import re\n"})
    diagnosis = project.diagnosis(RUFF_CHECK)
    project.write({"a.py": "import os\n\nx = " + "+".join(["1"] * 900) + "\n"})
    proposal = UnusedImport().propose(diagnosis, project.files(frozenset({"a.py", "b.py"})))
    assert proposal is not None
    assert {edit.path for edit in proposal.edits} == {"b.py"}
