"""The value of a syntax tree, by "Evaluate expressions in workflows and actions"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from .errors import ExpressionError, memory_error
from .functions import FUNCTIONS
from .nodes import Access, Call, Comparison, Context, Literal, Logical, Node, Not, Star
from .values import Value, compare, is_primitive, to_boolean, to_number, to_string

if TYPE_CHECKING:
    from typing import TypeAlias

    Functions: TypeAlias = Mapping[str, Callable[[Sequence[Value]], Value]]

MEMORY: Final = 10 * 1024 * 1024
"""Bytes that the intermediate results of one evaluation may take at a time, two for each character."""

NO_FUNCTIONS: Final[Functions] = {}

_WORK_PER_MEMORY: Final = 8
_STRING_OVERHEAD: Final = 26
_OBJECT_SIZE: Final = 24
_MISSING: Final[Any] = object()


def evaluate(
    node: Node, contexts: Mapping[str, Value], functions: Functions = NO_FUNCTIONS, memory: int = MEMORY
) -> Value:
    """Return the value of ``node``. Raises ExpressionError of kind evaluation.

    Names of contexts, keys and functions are found regardless of case; what is not there is null.
    ``functions`` adds to the built-in ones. ``memory`` limits the bytes of the intermediate results that are
    alive at a time; the work of the whole evaluation is limited to a multiple of it.
    """
    return Evaluation(contexts, functions, memory).result(node)


class _Filtered(list[Any]):
    """The result of ``.*``: what follows applies to each of its items."""

    __slots__ = ()


class Evaluation:
    """One evaluation, with the memory and work that are left to it."""

    __slots__ = ("contexts", "functions", "memory", "used", "work")

    def __init__(self, contexts: Mapping[str, Value], functions: Functions, memory: int) -> None:
        self.contexts = contexts
        self.functions = functions
        self.memory = memory
        self.used = 0
        self.work = memory * _WORK_PER_MEMORY

    def result(self, node: Node) -> Value:
        """Return the value of the tree ``node``."""
        value = self.value(node)
        return list(value) if isinstance(value, _Filtered) else value

    def value(self, node: Node) -> Value:
        """Return the value of a part of the tree; the result of an object filter is still marked as such."""
        return _COMPUTE[type(node)](self, node)

    def _literal(self, node: Literal) -> Value:
        return node.value

    def _context(self, node: Context) -> Value:
        return cast("Value", _property(self.contexts, node.name, None))

    def _not(self, node: Not) -> Value:
        return not to_boolean(self.value(node.operand))

    def _logical(self, node: Logical) -> Value:
        stops_at = node.operator == "||"
        before = self.used
        value: Value = None
        for operand in node.operands:
            self.used = before
            value = self.value(operand)
            if to_boolean(value) is stops_at:
                break
        return value

    def _comparison(self, node: Comparison) -> Value:
        before = self.used
        left = self.value(node.operands[0])
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.value(operand)
            self._spend(left)
            self._spend(right)
            left = _OPERATORS[operator](compare(left, right))
            self.used = before
        return left

    def _access(self, node: Access) -> Value:
        if isinstance(node.key, Star):
            return self._filter(self.value(node.target))
        key = self.value(node.key)
        target = self.value(node.target)
        if isinstance(target, _Filtered):
            return self._select(target, key)
        return cast("Value", _item(target, key, None))

    def _filter(self, target: Value) -> Value:
        if isinstance(target, _Filtered):
            found = _Filtered(item for nested in target for item in _items(nested))
        else:
            found = _Filtered(_items(target))
        self._spend(found)
        return found

    def _select(self, target: _Filtered, key: Value) -> Value:
        self._spend(target)
        found = (_item(nested, key, _MISSING) for nested in target)
        return _Filtered(item for item in found if item is not _MISSING)

    def _call(self, node: Call) -> Value:
        before = self.used
        own = _property(self.functions, node.name, None)
        name = node.name.lower()
        if own:
            value = own(self._arguments(node))
        elif name == "case":
            value = self._case(node)
        else:
            value = self._built_in(name, node)
        self.used = before + _size(value)
        if self.used > self.memory:
            raise memory_error()
        return cast("Value", value)

    def _arguments(self, node: Call) -> list[Value]:
        arguments = [self.value(argument) for argument in node.arguments]
        for argument in arguments:
            self._spend(argument)
        return arguments

    def _built_in(self, name: str, node: Call) -> Value:
        function = FUNCTIONS.get(name)
        if function is None:
            raise ExpressionError("evaluation", f"Unrecognized function: '{node.name}'", node.start + 1)
        arguments = self._arguments(node)
        try:
            return function(arguments, (self.memory - self.used) // 2)
        except ExpressionError as error:
            error.position = node.start + 1
            raise

    def _case(self, node: Call) -> Value:
        for index in range(0, len(node.arguments) - 1, 2):
            predicate = self.value(node.arguments[index])
            if not isinstance(predicate, bool):
                fact = "case predicate must evaluate to a boolean value"
                raise ExpressionError("evaluation", fact, node.start + 1)
            if predicate:
                return self.value(node.arguments[index + 1])
        return self.value(node.arguments[-1])

    def _spend(self, value: Value) -> None:
        self.work -= _size(value)
        if self.work < 0:
            raise memory_error()


def _size(value: Value) -> int:
    if isinstance(value, str):
        return _STRING_OVERHEAD + 2 * len(value)
    return _OBJECT_SIZE * (1 + len(value)) if isinstance(value, list) else _OBJECT_SIZE


def _item(target: Value, key: Value, missing: Any) -> Any:
    if isinstance(target, Mapping):
        return _property(target, to_string(key), missing) if is_primitive(key) else missing
    if isinstance(target, list):
        index = to_number(key)
        if 0 <= index < len(target):
            return target[int(index)]
    return missing


def _property(target: Mapping[str, Any], name: str, missing: Any) -> Any:
    # The exact name first: it is the usual one, and an environment may hold names that differ in case only.
    try:
        return target[name]
    except KeyError:
        wanted = name.lower()
    for candidate in target:
        if candidate.lower() == wanted:
            return target[candidate]
    return missing


def _items(target: Value) -> Sequence[Value]:
    if isinstance(target, Mapping):
        return list(target.values())
    return target if isinstance(target, list) else ()


_OPERATORS: Final[Mapping[str, Callable[[int | None], bool]]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order == -1,
    "<=": lambda order: order in (-1, 0),
    ">": lambda order: order == 1,
    ">=": lambda order: order in (0, 1),
}

_COMPUTE: Final = cast(
    "Mapping[type[Node], Callable[[Evaluation, Node], Value]]",
    {
        Literal: Evaluation._literal,
        Context: Evaluation._context,
        Not: Evaluation._not,
        Logical: Evaluation._logical,
        Comparison: Evaluation._comparison,
        Access: Evaluation._access,
        Call: Evaluation._call,
    },
)
