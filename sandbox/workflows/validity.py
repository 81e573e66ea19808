"""What GitHub checks of a workflow before anything runs: its expressions can be read, its jobs' needs can be met."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from sandbox.workflows.evaluate import FUNCTIONS
from sandbox.workflows.expressions import Call, ExpressionError, Named, Node, inside
from sandbox.workflows.nodes import Fault
from sandbox.workflows.template import STATUS_FUNCTIONS, condition, parts

# https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
CONTEXTS = frozenset(
    {"github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"}
)


def check_expressions(node: yaml.Node, *, whole: bool = False) -> None:
    """Refuse an expression, in any text below a node, that cannot be read or names what there never is."""
    if isinstance(node, yaml.ScalarNode):
        _check_text(node, whole=whole)
        return
    children = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
    for child in children:
        check_expressions(child)


def _check_text(node: yaml.ScalarNode, *, whole: bool) -> None:
    text = str(node.value)
    if not text.strip() or ("${{" not in text and not whole):
        return
    try:
        found = [condition(text)] if whole else [part for part in parts(text) if not isinstance(part, str)]
        for expression in found:
            _check(expression, status=whole)
    except ExpressionError as error:
        raise Fault(str(error), node) from None


def _check(expression: Node, *, status: bool) -> None:
    for part in inside(expression):
        if isinstance(part, Named) and part.name.lower() not in CONTEXTS:
            raise ExpressionError(f"Unrecognized named-value: '{part.name}'")
        if isinstance(part, Call) and part.name not in FUNCTIONS and not (status and part.name in STATUS_FUNCTIONS):
            raise ExpressionError(f"Unrecognized function: '{part.name}'")


def check_needs(needs: Mapping[str, tuple[str, ...]], node: yaml.Node) -> None:
    """Refuse jobs that need what is not there, or one another in a circle."""
    if not needs:
        raise Fault("A mapping with at least one job was expected", node)
    for job, wanted in needs.items():
        for need in wanted:
            if need not in needs:
                raise Fault(f"Job '{job}' depends on unknown job '{need}'.", node)
    if all(needs.values()):
        raise Fault("The workflow must contain at least one job with no dependencies.", node)
    _check_order(needs, node)


def _check_order(needs: Mapping[str, tuple[str, ...]], node: yaml.Node) -> None:
    done: set[str] = set()
    waiting = dict(needs)
    while waiting:
        ready = [job for job, wanted in waiting.items() if done.issuperset(wanted)]
        if not ready:
            job, wanted = next(iter(waiting.items()))
            need = next(one for one in wanted if one not in done)
            raise Fault(f"Job '{job}' depends on job '{need}' which creates a cycle in the dependency graph.", node)
        for job in ready:
            done.add(job)
            del waiting[job]
