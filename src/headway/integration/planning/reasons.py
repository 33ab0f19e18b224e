"""Why a job was skipped, with the values that decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.expressions import ExpressionError, explain, to_json, to_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.expressions import Value
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.planning.state import JobState
    from headway.integration.workflows.tokens import Expression

_HOW = {"failure": "failed", "cancelled": "was cancelled", "skipped": "was skipped"}
_PREFIX = "success() && ("


def why_not(condition: Expression, evaluator: Evaluator, before: list[JobState]) -> str:
    """Return why ``condition`` does not hold: which job before it did not succeed, or which values made it false."""
    bad = [job for job in before if job.result not in ("success", None)]
    needs_success = condition.source == "success()" or condition.source.startswith(_PREFIX)
    if bad and needs_success:
        culprits = [f"'{job.job.id}', which {_HOW.get(str(job.result), 'did not succeed')}" for job in bad]
        return f"it comes after {' and '.join(culprits)}"
    source = condition.source
    if source.startswith(_PREFIX) and source.endswith(")"):
        source = source.removeprefix(_PREFIX)[:-1]
    values = leaves(condition, evaluator)
    where = f", where {', '.join(values)}" if values else ""
    return f"its condition is false: {source}{where}"


def leaves(condition: Expression, evaluator: Evaluator, hide: Callable[[str], str] = str) -> list[str]:
    """Return the values in a condition as ``github.ref is 'refs/heads/dev'``; ``hide`` masks each before it is cut."""
    try:
        explained = explain(condition.node, evaluator.contexts, evaluator.functions)
    except ExpressionError:
        return []
    return [
        f"{leaf.text} is {shown(leaf.value, hide)}" for leaf in explained if leaf.evaluated and leaf.text != "success()"
    ]


def shown(value: Value, hide: Callable[[str], str] = str) -> str:
    """Return a value as it would be written in an expression, cut to a readable length."""
    if value is None:
        return "null"
    text = hide(to_json(value)).replace("\n", " ") if isinstance(value, dict | list) else hide(to_string(value))
    text = text if len(text) <= 80 else f"{text[:79]}…"
    return f"'{text}'" if isinstance(value, str) else text
