"""Conditions that are always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.expressions import Call, ExpressionError, Literal, evaluate, names_in, to_boolean, walk
from headway.kernel.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.checks.places import Place


def constant_conditions(place: Place, path: str) -> Iterator[Problem]:
    """Yield a problem for an ``if`` whose value no run can change."""
    if place.key != "if":
        return
    expression = place.expression
    text = expression.text.strip()
    if _is_mixed(text):
        yield Problem(
            path,
            expression.line,
            expression.column,
            "this condition is always true: text around '${{ }}' makes it a text that is not empty",
            f"write one expression: {_repaired(text)}",
            rule="condition",
        )
        return
    if any(names_in(expression.node)) or any(
        isinstance(node, Call) and _depends(node) for node in walk(expression.node)
    ):
        return
    if isinstance(expression.node, Literal) and text in ("true", "false"):
        value = text == "true"
    else:
        try:
            value = to_boolean(evaluate(expression.node, {}))
        except ExpressionError:
            return
    never = "; what it belongs to never runs" if not value else ""
    message = f"this condition is always {'true' if value else 'false'}{never}"
    yield Problem(path, expression.line, expression.column, message, "remove it", "warning", "condition")


def _is_mixed(text: str) -> bool:
    whole = text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1
    return "${{" in text and not whole


def _depends(call: Call) -> bool:
    return call.name.lower() in ("success", "failure", "cancelled", "always", "hashfiles")


def _repaired(text: str) -> str:
    inner = text.replace("${{", "").replace("}}", "")
    return f"${{{{ {' '.join(inner.split())} }}}}"
