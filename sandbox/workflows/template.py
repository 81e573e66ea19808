"""Texts with ``${{ … }}`` in them, and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sandbox.workflows.evaluate import LONGEST_RESULT, Scope, evaluate
from sandbox.workflows.expressions import Call, ExpressionError, Literal, Node, inside, parse
from sandbox.workflows.values import as_text, truthy

STATUS_FUNCTIONS = frozenset({"success", "failure", "always", "cancelled"})
# Up to the first two braces that stand in no text of the expression.
_BODY = re.compile(r"((?:[^'}]|'[^']*'|\}(?!\}))*)\}\}")


def parts(text: str) -> Iterator[str | Node]:
    """The plain texts and the expressions of a text, in order. Raises ExpressionError."""
    at = 0
    while (start := text.find("${{", at)) >= 0:
        if start > at:
            yield text[at:start]
        body = _BODY.match(text, start + 3)
        if body is None:
            raise ExpressionError(
                "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was "
                "not found."
            )
        yield parse(body[1])
        at = body.end()
    if at < len(text):
        yield text[at:]


def filled(text: str, scope: Scope) -> str:
    """A text with each expression replaced by its value. Raises ExpressionError."""
    whole = "".join(part if isinstance(part, str) else as_text(evaluate(part, scope)) for part in parts(text))
    if len(whole) > LONGEST_RESULT:
        raise ExpressionError(f"a text of more than {LONGEST_RESULT} characters")
    return whole


def filled_each(texts: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """Each text of a mapping, filled."""
    return {name: filled(text, scope) for name, text in texts.items()}


def condition(text: str) -> Node:
    """An ``if``, with or without its braces. Raises ExpressionError.

    Text around an expression makes the whole a text, which is true unless it is empty: GitHub's own trap.
    """
    found = list(parts(text.strip()))
    if len(found) == 1 and not isinstance(found[0], str):
        return found[0]
    if all(isinstance(part, str) for part in found):
        return parse(text)
    template = "".join(
        part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{number}}}"
        for number, part in enumerate(found)
    )
    return Call("format", (Literal(template), *(Literal(part) if isinstance(part, str) else part for part in found)))


def holds(text: str | None, scope: Scope) -> bool:
    """Whether an ``if`` lets its job or step run; without a status function it means ``success() && …``."""
    if text is None or not text.strip():
        return truthy(scope.functions["success"]())
    node = condition(text)
    asks = any(isinstance(part, Call) and part.name in STATUS_FUNCTIONS for part in inside(node))
    return (asks or truthy(scope.functions["success"]())) and truthy(evaluate(node, scope))
