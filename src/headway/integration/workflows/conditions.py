"""What an ``if`` means: ``success()`` is asked for unless the condition asks for a status itself."""

from __future__ import annotations

from headway.integration.expressions import parse, status_functions_in
from headway.integration.workflows.tokens import Expression, Token

SUCCESS = Expression("success()", parse("success()"), "", 0, 0)
"""The condition of what has none."""

ALWAYS = Expression("always()", parse("always()"), "", 0, 0)
"""The condition of an action's ``pre`` and ``post`` when none is given."""


def condition_of(token: Token | None) -> Expression:
    """Return the whole condition of an ``if`` ("Evaluate expressions", *Status check functions*).

    An ``if`` that could not be read or is empty yields ``success()``; the reader has reported the former.
    """
    if not isinstance(token, Expression):
        return SUCCESS
    if status_functions_in(token.node):
        return token
    source = f"success() && ({token.source})"
    return token._replace(source=source, node=parse(source))
