"""A job's matrix: the combinations of its axes, without what is excluded, with what is included.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from sandbox.data import Json
from sandbox.workflows.nodes import Fault, fields, value

Combination = Mapping[str, Json]
MOST = 256
"""Jobs of one matrix, as GitHub limits it."""


def combinations(node: yaml.Node | None) -> tuple[Combination, ...]:
    """The combinations of a ``matrix``; the one empty combination where there is none. Raises Fault."""
    if node is None:
        return ({},)
    _refuse_expression(node)
    found = fields(node)
    axes = {name: _axis(inner) for name, inner in found.items() if name not in ("include", "exclude")}
    product = _product(axes, node)
    excluded = _listed(found.get("exclude"))
    kept = [dict(one) for one in product if not any(_within(each, one) for each in excluded)]
    made = _included(kept if axes else [], _listed(found.get("include")))
    if not made:
        raise Fault("Matrix must define at least one vector", node)
    if len(made) > MOST:
        raise _too_many(node)
    return tuple(made)


def _refuse_expression(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode) and "${{" in str(node.value):
        raise Fault("A matrix that an expression makes is not run here", node)


def _axis(node: yaml.Node) -> Sequence[Json]:
    _refuse_expression(node)
    if not isinstance(node, yaml.SequenceNode):
        raise Fault("A sequence was expected", node)
    if not node.value:
        raise Fault("Matrix vector does not contain any values", node)
    return [value(item) for item in node.value]


def _product(axes: Mapping[str, Sequence[Json]], node: yaml.Node) -> list[Combination]:
    product: list[Combination] = [{}]
    for name, values in axes.items():
        # Before they are made: ten axes of ten values are ten milliards of combinations.
        if len(product) * len(values) > MOST * MOST:
            raise _too_many(node)
        product = [{**one, name: each} for one in product for each in values]
    return product


def _listed(node: yaml.Node | None) -> list[Combination]:
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise Fault("A sequence was expected", node)
    return [{name: value(inner) for name, inner in fields(item).items()} for item in node.value]


def _within(part: Combination, whole: Combination) -> bool:
    return all(name in whole and _same(whole[name], each) for name, each in part.items())


def _same(one: Json, other: Json) -> bool:
    """Python holds True for 1; a workflow file does not."""
    return type(one) is type(other) and one == other


def _included(kept: list[dict[str, Json]], extra: list[Combination]) -> list[Combination]:
    """Each extra goes into every combination whose own values it leaves alone; without one, it is one itself."""
    own = [dict(one) for one in kept]
    alone: list[Combination] = []
    for each in extra:
        fitting = [
            whole for whole, first in zip(kept, own, strict=True)
            if all(name not in first or _same(first[name], wanted) for name, wanted in each.items())
        ]  # fmt: skip
        for whole in fitting:
            whole.update(each)
        if not fitting:
            alone.append(each)
    return [*kept, *alone]


def _too_many(node: yaml.Node) -> Fault:
    return Fault(f"The matrix generates more than {MOST} jobs", node)
