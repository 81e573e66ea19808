"""A workflow's ``on``: which events start it, with their filters.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from sandbox.running import Event
from sandbox.workflows.nodes import Fault, fields, is_null, listed, text
from sandbox.workflows.patterns import matches

# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
EVENTS = frozenset(
    [
        "branch_protection_rule",
        "check_run",
        "check_suite",
        "create",
        "delete",
        "deployment",
        "deployment_status",
        "discussion",
        "discussion_comment",
        "fork",
        "gollum",
        "image_version",
        "issue_comment",
        "issues",
        "label",
        "merge_group",
        "milestone",
        "page_build",
        "public",
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_target",
        "push",
        "registry_package",
        "release",
        "repository_dispatch",
        "schedule",
        "status",
        "watch",
        "workflow_call",
        "workflow_dispatch",
        "workflow_run",
    ]
)
_USUAL_ACTIVITIES = ("opened", "synchronize", "reopened")
_FILTERS = ("branches", "tags", "paths")
_MOST_CHANGED = 300
"""Changed files that path filters look at, as documented."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One kind of names: those wanted, or those ignored; None where nothing is said."""

    wanted: tuple[str, ...] | None = None
    ignored: tuple[str, ...] | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is said."""
        return self.wanted is None and self.ignored is None

    def passes(self, name: str) -> bool:
        """Whether a name gets through."""
        if self.wanted is not None:
            return matches(self.wanted, name)
        return self.ignored is None or not matches(self.ignored, name)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What of one event starts the workflow."""

    branches: Filter
    tags: Filter
    paths: Filter
    types: tuple[str, ...] | None

    def fires(self, event: Event) -> bool:
        """Whether an event of this kind starts the workflow."""
        return self._activity(event) and self._ref(event) and self._paths(event)

    def _activity(self, event: Event) -> bool:
        return event.activity is None or event.activity in (self.types or _USUAL_ACTIVITIES)

    def _ref(self, event: Event) -> bool:
        """A filter of branches alone lets no tag pass, one of tags alone no branch."""
        if event.branch is None:
            name = event.ref.removeprefix("refs/tags/")
            return self.branches.silent if self.tags.silent else self.tags.passes(name)
        if self.branches.silent and event.name == "push":
            return self.tags.silent
        return self.branches.passes(event.branch)

    def _paths(self, event: Event) -> bool:
        if self.paths.silent or event.branch is None:
            return True
        return any(self.paths.passes(path) for path in event.changed[:_MOST_CHANGED])


def triggers(node: yaml.Node) -> Mapping[str, Trigger]:
    """The events of an ``on``: one, a list, or a mapping with filters. Raises Fault."""
    if isinstance(node, yaml.MappingNode):
        return {_known(key): _trigger(value) for key, value in node.value}
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return {_known(item): _trigger(None) for item in items}


def _known(node: yaml.Node) -> str:
    name = text(node)
    if name not in EVENTS:
        raise Fault(f"Unexpected value '{name}'", node)
    return name


def _trigger(node: yaml.Node | None) -> Trigger:
    if node is None or is_null(node) or isinstance(node, yaml.SequenceNode):
        # A schedule is a list of times, none of which comes here.
        return Trigger(Filter(), Filter(), Filter(), None)
    found = fields(node)
    filters = {name: _filter(name, found, node) for name in _FILTERS}
    return Trigger(filters["branches"], filters["tags"], filters["paths"], listed(found.get("types")))


def _filter(name: str, found: Mapping[str, yaml.Node], node: yaml.Node) -> Filter:
    wanted, ignored = listed(found.get(name)), listed(found.get(f"{name}-ignore"))
    if wanted is not None and ignored is not None:
        raise Fault(f"you may only define one of `{name}` and `{name}-ignore` for a single event", node)
    if wanted and all(pattern.startswith("!") for pattern in wanted):
        raise Fault(f"`{name}` takes back by `!` what no pattern before it lets pass", found[name])
    return Filter(wanted, ignored)
