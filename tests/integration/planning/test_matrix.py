from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.planning.matrix import MatrixError, expand, suffix


def test_vectors_are_multiplied_and_the_last_one_turns_fastest() -> None:
    assert expand({"os": ["a", "b"], "n": [1, 2]}) == [
        {"os": "a", "n": 1},
        {"os": "a", "n": 2},
        {"os": "b", "n": 1},
        {"os": "b", "n": 2},
    ]


def test_includes_extend_what_they_do_not_contradict_and_else_stand_alone() -> None:
    """The example of GitHub's page "Run variations of jobs in a workflow"."""
    matrix = {
        "fruit": ["apple", "pear"],
        "animal": ["cat", "dog"],
        "include": [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    }
    assert expand(matrix) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_excludes_take_out_what_agrees_with_all_their_keys() -> None:
    matrix: dict[str, Any] = {"os": ["a", "b"], "n": [1, 2], "exclude": [{"os": "a", "n": 2}, {"os": "b", "z": 1}]}
    assert expand(matrix) == [{"os": "a", "n": 1}, {"os": "b", "n": 1}, {"os": "b", "n": 2}]


def test_values_may_be_structures_and_compare_in_depth() -> None:
    node = [{"version": 14, "env": "x"}, {"version": 20}]
    assert expand({"node": node, "exclude": [{"node": {"version": 20}}]}) == [{"node": {"version": 14, "env": "x"}}]


def test_includes_alone_make_a_matrix() -> None:
    assert expand({"include": [{"a": 1}, {"b": 2}]}) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([], "a matrix must be a mapping, not a sequence"),
        (None, "a matrix must be a mapping, not nothing"),
        ({}, "must define at least one vector"),
        ({"os": []}, "the matrix vector 'os' does not contain any values"),
        ({"os": "x"}, "the matrix vector 'os' must be a sequence, not a text"),
        ({"os": [1], "include": {"a": 1}}, "'include' of a matrix must be a sequence of mappings"),
        ({"os": [1], "exclude": [1]}, "'exclude' of a matrix must be a sequence of mappings"),
        ({"a": list(range(17)), "b": list(range(17))}, "has 289 combinations, and 256 are allowed"),
        ({f"k{n}": list(range(50)) for n in range(50)}, "combinations, and 256 are allowed"),
    ],
)
def test_what_is_no_matrix_is_refused_in_words(matrix: Any, message: str) -> None:
    with pytest.raises(MatrixError, match=message.replace("(", r"\(")):
        expand(matrix)


def test_the_suffix_of_a_name_lists_all_leaves() -> None:
    assert suffix({"os": "linux", "node": {"version": 20, "flags": ["a", True]}}) == "(linux, 20, a, true)"
    assert suffix({}) == ""


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1))
def test_without_includes_the_combinations_are_the_product(vectors: dict[str, list[Any]]) -> None:
    combinations = expand(dict(vectors))
    size = 1
    for values in vectors.values():
        size *= len(values)
    assert len(combinations) == size
    assert all(list(combination) == list(vectors) for combination in combinations)
