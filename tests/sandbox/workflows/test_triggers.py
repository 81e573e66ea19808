"""Which events start a workflow."""

import pytest

from sandbox.running import Event
from tests.sandbox.workflows.reading import JOBS, broken, readable


def push(branch: str = "main", *changed: str) -> Event:
    return Event("push", f"refs/heads/{branch}", branch, changed or ("a.py",))


def tag(name: str = "v1") -> Event:
    return Event("push", f"refs/tags/{name}", None, ("a.py",))


def pull(base: str = "main", *changed: str, activity: str = "opened") -> Event:
    return Event("pull_request", "refs/pull/7/merge", base, changed or ("a.py",), activity)


def starts(on: str, event: Event) -> bool:
    return readable(on + JOBS).triggered_by(event)


@pytest.mark.parametrize("on", ["on: push", "on: [push, pull_request]", "on:\n  push:", "'on': push", "on: {push: {}}"])
def test_a_push_starts_what_asks_for_pushes(on: str) -> None:
    assert starts(on, push())
    assert starts(on, tag())


def test_a_push_does_not_start_what_asks_for_something_else() -> None:
    assert not starts("on: pull_request", push())
    assert not starts("on: push", pull())
    assert not starts("on: {schedule: [{cron: '0 0 * * *'}]}", push())


@pytest.mark.parametrize(
    ("filters", "event", "expected"),
    [
        ("branches: [main, 'rel/**']", push("main"), True),
        ("branches: [main, 'rel/**']", push("rel/1/2"), True),
        ("branches: [main, 'rel/**']", push("fix"), False),
        ("branches: main", push("main"), True),
        ("branches: ['**', '!wip/**']", push("wip/x"), False),
        ("branches-ignore: ['wip/**']", push("wip/x"), False),
        ("branches-ignore: ['wip/**']", push("main"), True),
        ("tags: ['v*']", tag("v1"), True),
        ("tags: ['v*']", tag("x1"), False),
        ("tags-ignore: ['v*']", tag("v1"), False),
        ("tags-ignore: ['v*']", tag("x1"), True),
        # A filter of the one kind alone lets nothing of the other pass.
        ("branches: ['**']", tag("v1"), False),
        ("branches-ignore: [x]", tag("v1"), False),
        ("tags: ['**']", push("main"), False),
        ("tags-ignore: [x]", push("main"), False),
        ("{branches: [main], tags: ['v*']}", push("main"), True),
        ("{branches: [main], tags: ['v*']}", tag("v1"), True),
        ("paths: ['src/**']", push("main", "src/a.py", "docs/b.md"), True),
        ("paths: ['src/**']", push("main", "docs/b.md"), False),
        ("paths: ['src/**', '!src/**/*.md']", push("main", "src/a.md"), False),
        ("paths-ignore: ['docs/**']", push("main", "docs/b.md"), False),
        ("paths-ignore: ['docs/**']", push("main", "docs/b.md", "a.py"), True),
        # Paths are not looked at for a tag.
        ("paths: ['src/**']", tag("v1"), True),
        ("{branches: [main], paths: ['src/**']}", push("main", "a.py"), False),
        ("{branches: [main], paths: ['src/**']}", push("fix", "src/a.py"), False),
        ("{branches: [main], paths: ['src/**']}", push("main", "src/a.py"), True),
    ],
)
def test_filters_of_a_push(filters: str, event: Event, expected: bool) -> None:
    written = filters if filters.startswith("{") else f"{{{filters}}}"
    assert starts(f"on: {{push: {written}}}", event) is expected


@pytest.mark.parametrize(
    ("filters", "event", "expected"),
    [
        ("", pull(activity="opened"), True),
        ("", pull(activity="synchronize"), True),
        ("", pull(activity="reopened"), True),
        ("", pull(activity="closed"), False),
        ("", pull(activity="edited"), False),
        ("types: [closed]", pull(activity="closed"), True),
        ("types: [closed]", pull(activity="opened"), False),
        ("types: closed", pull(activity="closed"), True),
        # The branch is the one that it is to be merged into.
        ("branches: [main]", pull("main"), True),
        ("branches: ['rel/*']", pull("main"), False),
        ("branches-ignore: [main]", pull("main"), False),
        ("paths: ['src/**']", pull("main", "src/a.py"), True),
        ("paths: ['src/**']", pull("main", "a.py"), False),
    ],
)
def test_filters_of_a_pull_request(filters: str, event: Event, expected: bool) -> None:
    assert starts(f"on: {{pull_request: {{{filters}}}}}", event) is expected


def test_only_the_first_three_hundred_changed_files_are_looked_at() -> None:
    many = [f"docs/{number}.md" for number in range(300)]
    assert not starts("on: {push: {paths: ['src/**']}}", push("main", *many, "src/a.py"))
    assert starts("on: {push: {paths: ['src/**']}}", push("main", *many[1:], "src/a.py"))


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("on: psuh", "Unexpected value 'psuh'"),
        ("on: [push, 7]", "Unexpected value '7'"),
        ("on: {push: {branches: [a], branches-ignore: [b]}}", "you may only define one of `branches`"),
        ("on: {push: {tags: [a], tags-ignore: [b]}}", "you may only define one of `tags`"),
        ("on: {push: {paths: [a], paths-ignore: [b]}}", "you may only define one of `paths`"),
        ("on: {push: {branches: ['!main']}}", "takes back"),
        ("on: {push: main}", "A mapping was expected"),
        ("on: {push: {branches: {main: yes}}}", "A scalar was expected"),
        ("on: [[push]]", "A scalar was expected"),
    ],
)
def test_an_on_that_cannot_be_read_is_said(on: str, said: str) -> None:
    assert said in broken(on + JOBS).message
