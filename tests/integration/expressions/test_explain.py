from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.expressions import Explanation, explain, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXTS: dict[str, Any] = {
    "github": {"ref": "refs/heads/dev", "event": {"labels": [{"name": "bug"}]}},
    "needs": {"a": {"result": "failure", "outputs": {"json": '{"x": 1}'}}},
    "matrix": {"os": "mac"},
}


def false(_: Sequence[Any]) -> bool:
    return False


@pytest.mark.parametrize(
    ("source", "explanations"),
    [
        ("github.ref == 'refs/heads/main'", [("github.ref", "refs/heads/dev", True)]),
        (
            "github.ref == 'x' && needs.a.result == 'success'",
            [("github.ref", "refs/heads/dev", True), ("needs.a.result", None, False)],
        ),
        (
            "matrix.os || needs.a.result && github.ref",
            [("matrix.os", "mac", True), ("needs.a.result", None, False), ("github.ref", None, False)],
        ),
        ("success() && matrix.os", [("success()", False, True), ("matrix.os", None, False)]),
        ("!contains(github.event.labels.*.name, 'bug')", [("github.event.labels.*.name", ["bug"], True)]),
        ("fromJSON(needs.a.outputs.json).x == 2", [("fromJSON(needs.a.outputs.json).x", 1, True)]),
        ("needs[ matrix['os'] ]", [("needs[matrix.os]", None, True)]),
        ("nothing.here", [("nothing.here", None, True)]),
        ("1 == 2", []),
        (
            "case(matrix.os == 'mac', 'x', github.ref)",
            [("matrix.os", "mac", True), ("github.ref", None, False)],
        ),
    ],
)
def test_the_leaves_of_a_condition_with_their_values(source: str, explanations: list[tuple[str, Any, bool]]) -> None:
    found = explain(parse(source), CONTEXTS, {"success": false})
    assert found == [Explanation(*explanation) for explanation in explanations]


def test_what_occurs_twice_is_told_once() -> None:
    found = explain(parse("matrix.os == 'linux' || matrix['os'] == 'windows'"), CONTEXTS)
    assert found == [Explanation("matrix.os", "mac", True)]


def test_what_was_seen_before_an_error_is_told() -> None:
    found = explain(parse("matrix.os == fromJSON(github.ref) || needs.a.result"), CONTEXTS)
    assert [(item.text, item.evaluated) for item in found] == [
        ("matrix.os", True),
        ("github.ref", True),
        ("needs.a.result", False),
    ]


def test_a_filters_result_is_told_as_a_plain_list() -> None:
    (found,) = explain(parse("github.event.labels.*"), CONTEXTS)
    assert type(found.value) is list
