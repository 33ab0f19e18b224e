"""Tokens → plain values, in given contexts; what cannot be evaluated is a problem with a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.expressions import ExpressionError, Value, evaluate, to_boolean, to_number, to_string
from headway.integration.workflows.tokens import Expression, Insert, Mapping, Scalar, Sequence, Token
from headway.kernel.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping as Map
    from collections.abc import Sequence as Seq

    Functions = Map[str, Callable[[Seq[Value]], Value]]


class Evaluator(NamedTuple):
    """Contexts and functions that hold at one moment of one file."""

    path: str
    contexts: Map[str, Value]
    functions: Functions = {}  # noqa: RUF012 - never changed

    def value(self, token: Token | None) -> Value:
        """Return a token as plain data. Raises ``InputError`` where an expression cannot be evaluated."""
        if token is None:
            return None
        if isinstance(token, Scalar):
            return token.value
        if isinstance(token, Expression):
            return self._expression(token)
        if isinstance(token, Sequence):
            return [self.value(item) for item in token.items]
        if isinstance(token, Mapping):
            return self._mapping(token)
        raise self.error(token, "'insert' is only allowed as a key")

    def text(self, token: Token | None, default: str = "") -> str:
        """Return a token as text, ``default`` where there is none."""
        return default if token is None else to_string(self.value(token))

    def boolean(self, token: Token | None, default: bool) -> bool:
        """Return a token as a boolean. Raises ``InputError`` for anything else."""
        value = default if token is None else self.value(token)
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        raise self.error(token, f"a boolean was expected, not '{to_string(value)}'")

    def number(self, token: Token | None, default: float) -> float:
        """Return a token as a number. Raises ``InputError`` for anything else."""
        if token is None:
            return default
        value = self.value(token)
        number = to_number(value) if isinstance(value, int | float | str) and value != "" else float("nan")
        if number != number:
            raise self.error(token, f"a number was expected, not '{to_string(value)}'")
        return number

    def texts(self, token: Token | None) -> dict[str, str]:
        """Return a mapping of texts, such as ``env`` or ``with``. Raises ``InputError`` for anything else."""
        value = self.value(token)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(token, f"a mapping was expected, not '{to_string(value)}'")
        return {key: to_string(item) for key, item in value.items()}

    def is_true(self, condition: Expression) -> bool:
        """Return what a condition comes to."""
        return to_boolean(self._expression(condition))

    def error(self, token: Token | None, message: str) -> InputError:
        """Return an error at the token's place."""
        line, column = (token.line, token.column) if token else (0, 0)
        return InputError([Problem(self.path, line, column, message, rule="expression")])

    def _expression(self, token: Expression) -> Value:
        try:
            return evaluate(token.node, self.contexts, self.functions)
        except ExpressionError as error:
            raise self.error(token, f"{error.message} (in '{token.source}')") from error

    def _mapping(self, token: Mapping) -> Value:
        result: dict[str, Value] = {}
        for key, item in token.pairs:
            value = self.value(item)
            if isinstance(key, Insert):
                if not isinstance(value, dict):
                    raise self.error(item, f"'insert' needs a mapping, not '{to_string(value)}'")
                result.update(value)
            else:
                result[to_string(self.value(key))] = value
        return result
