"""A syntax tree as text again."""

from __future__ import annotations

from typing import Final

from .nodes import POWER, Access, Call, Comparison, Context, Literal, Logical, Node, Not, Star
from .values import number_text

_NO_OPERATOR: Final = 9


def text_of(node: Node) -> str:
    """Return an expression that reads as ``node``, in one style: ``a.b == 'c' && d['e f']``."""
    if isinstance(node, Literal):
        return _literal(node)
    if isinstance(node, Context):
        return node.name
    if isinstance(node, Star):
        return "*"
    if isinstance(node, Access):
        return _access(node)
    if isinstance(node, Call):
        return f"{node.name}({', '.join(map(text_of, node.arguments))})"
    if isinstance(node, Not):
        return "!" + _operand(node.operand, _NO_OPERATOR - 1)
    return _operators(node)


def _literal(node: Literal) -> str:
    value = node.value
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-0" if repr(value) == "-0.0" else number_text(value)


def _access(node: Access) -> str:
    target = text_of(node.target)
    if not isinstance(node.target, (Access, Call, Context)):
        target = f"({target})"
    if isinstance(node.key, Star):
        return target + ".*"
    name = node.key.value if isinstance(node.key, Literal) else None
    if isinstance(name, str) and _is_identifier(name):
        return f"{target}.{name}"
    return f"{target}[{text_of(node.key)}]"


def _is_identifier(name: str) -> bool:
    return name.isascii() and not name.startswith("-") and name.replace("-", "_").isidentifier()


def _operators(node: Comparison | Logical) -> str:
    operators = node.operators if isinstance(node, Comparison) else (node.operator,) * (len(node.operands) - 1)
    power = _power(node)
    text = _operand(node.operands[0], power)
    for operator, operand in zip(operators, node.operands[1:], strict=True):
        text += f" {operator} {_operand(operand, power)}"
    return text


def _operand(node: Node, power: int) -> str:
    return f"({text_of(node)})" if _power(node) <= power else text_of(node)


def _power(node: Node) -> int:
    if isinstance(node, Logical):
        return POWER[node.operator]
    return POWER[node.operators[0]] if isinstance(node, Comparison) else _NO_OPERATOR
