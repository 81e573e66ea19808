import pytest

from analysis.complexity import Complexity, complexity
from analysis.edits import Edit, SourceFile
from analysis.patch import apply_edits


@pytest.mark.parametrize(
    ("paths", "lines", "expected"),
    [
        (["a.py"], 3, Complexity.TRIVIAL),
        (["a.py"], 4, Complexity.SIMPLE),
        (["a.py", "b.py"], 1, Complexity.SIMPLE),
        (["a.py"], 20, Complexity.MODERATE),
        (["a.py", "b.py", "c.py"], 1, Complexity.MODERATE),
        (["a.py"], 60, Complexity.COMPLEX),
        ([f"{number}.py" for number in range(6)], 1, Complexity.COMPLEX),
        (["pyproject.toml"], 1, Complexity.SIMPLE),
        (["Dockerfile"], 1, Complexity.SIMPLE),
        (["a.py", "b.py", "c.yml"], 1, Complexity.COMPLEX),
        (["README.md"], 200, Complexity.SIMPLE),
        (["README.md"], 1, Complexity.TRIVIAL),
    ],
)
def test_size_and_kind_of_a_patch_say_how_complex_it_is(paths: list[str], lines: int, expected: Complexity) -> None:
    before, after = "a\n" * lines, "b\n" * lines
    files = {path: SourceFile(path, before.encode(), "") for path in paths}
    assert complexity(apply_edits(files, [Edit(path, before, after) for path in paths])) is expected


def test_one_changed_line_of_a_long_file_is_trivial() -> None:
    text = "".join(f"{number}\n" for number in range(5000))
    patch = apply_edits({"a.py": SourceFile("a.py", text.encode(), "")}, [Edit("a.py", "\n70\n", "\nseventy\n")])
    assert complexity(patch) is Complexity.TRIVIAL
