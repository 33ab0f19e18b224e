"""GitHub's cross-language suite of expressions: files of ``{group: [{expr, contexts?, result | err}]}``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from headway.integration.expressions import Allowed, ExpressionError, evaluate, parse

from . import UsageError, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS: Final = {
    bool: "Boolean",
    int: "Number",
    float: "Number",
    str: "String",
    list: "Array",
    dict: "Object",
    type(None): "Null",
}
MEMORY: Final = 1024 * 1024
"""Bytes that the suite grants an expression; GitHub's runner grants ten times as much."""


def grade(folder: Path) -> Iterator[Verdict]:
    """Yield a verdict for each case of the suite in ``folder``."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise UsageError(f"{folder} holds no suite of expressions: no *.json is in it")
    for file in files:
        for group, cases in json.loads(file.read_text(encoding="utf-8")).items():
            for number, case in enumerate(cases, start=1):
                yield _grade(f"{file.name} {group} {number}", case)


def _grade(name: str, case: dict[str, Any]) -> Verdict:
    contexts = case.get("contexts") or {}
    allowed = Allowed(frozenset(name.lower() for name in contexts))
    try:
        value = evaluate(parse(case["expr"], allowed), contexts, memory=MEMORY)
    except ExpressionError as error:
        return _grade_error(name, case, error)
    if "result" not in case:
        return Verdict(name, False, f"{_quote(case)} is {value!r:.200}, not refused: {case['err']['value']:.200}")
    expected = case["result"]
    found = {"kind": KINDS[type(value)], "value": value}
    return Verdict(name, _same(found, expected), f"{_quote(case)} is {found!r:.200}, not {expected!r:.200}")


def _same(found: Any, expected: Any) -> bool:
    # As text, because the order of keys counts and NaN equals nothing; 1 and 1.0 are one number.
    return json.dumps(_normal(found)) == json.dumps(_normal(expected))


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _grade_error(name: str, case: dict[str, Any], error: ExpressionError) -> Verdict:
    if "err" not in case:
        return Verdict(name, False, f"{_quote(case)} is refused: {error.message:.200}")
    expected = case["err"]
    detail = f"{_quote(case)} is refused as {error.kind}: {error.message:.200}, not as {expected['kind']}"
    agrees = error.message.startswith(expected["value"].rstrip())
    return Verdict(name, error.kind == expected["kind"], detail, agrees)


def _quote(case: dict[str, Any]) -> str:
    expression: str = case["expr"]
    return expression if len(expression) <= 120 else expression[:119] + "…"
