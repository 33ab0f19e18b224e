from __future__ import annotations

import pytest

from headway.integration.expressions import parse
from headway.integration.workflows.conditions import ALWAYS, SUCCESS, condition_of
from headway.integration.workflows.tokens import Expression


def whole(source: str) -> str:
    return condition_of(Expression(source, parse(source), source, 3, 7)).source


@pytest.mark.parametrize(
    "source", ["always()", "!failure()", "github.ref == 'x' || cancelled()", "Success()", "contains('x', failure())"]
)
def test_a_condition_that_asks_for_a_status_stands_as_it_is(source: str) -> None:
    assert whole(source) == source


@pytest.mark.parametrize(
    "source",
    ["true", "github.ref == 'x' || github.actor == 'y'", "'always()'", "github.success", "contains('failure()', 'x')"],
)
def test_any_other_asks_for_success_besides(source: str) -> None:
    assert whole(source) == f"success() && ({source})"


def test_the_place_is_kept() -> None:
    found = condition_of(Expression("true", parse("true"), "${{ true }}", 3, 7))
    assert (found.line, found.column, found.text) == (3, 7, "${{ true }}")


def test_none_is_success() -> None:
    assert condition_of(None) is SUCCESS
    assert (SUCCESS.source, ALWAYS.source) == ("success()", "always()")
