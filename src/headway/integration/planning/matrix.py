"""From ``strategy.matrix`` to combinations ("Run variations of jobs in a workflow")."""

from __future__ import annotations

from typing import NamedTuple

from headway.integration.expressions import Value, to_string

MAX_COMBINATIONS = 256
Combination = dict[str, Value]


class MatrixError(ValueError):
    """A matrix that cannot be expanded; the text says why and what to do."""


class Matrix(NamedTuple):
    """An evaluated matrix: the vectors in order, and what to add and to leave out."""

    vectors: dict[str, list[Value]]
    include: list[Combination]
    exclude: list[Combination]


def expand(value: Value) -> list[Combination]:
    """Return the combinations of an evaluated ``matrix``, in GitHub's order.

    Raises ``MatrixError`` when it is no matrix, is empty, or has more than 256 combinations.
    """
    matrix = _matrix(value)
    combinations = [c for c in _product(matrix.vectors) if not any(_agrees(x, c) for x in matrix.exclude)]
    result = _included(combinations, matrix)
    if len(result) > MAX_COMBINATIONS:
        raise MatrixError(f"the matrix has {len(result)} combinations, and {MAX_COMBINATIONS} are allowed")
    return result


def _matrix(value: Value) -> Matrix:
    if not isinstance(value, dict):
        raise MatrixError(f"a matrix must be a mapping, not {_kind(value)}")
    vectors: dict[str, list[Value]] = {}
    lists: dict[str, list[Combination]] = {"include": [], "exclude": []}
    for key, items in value.items():
        if key.lower() in lists:
            lists[key.lower()] = _filters(key, items)
        elif not isinstance(items, list):
            raise MatrixError(f"the matrix vector '{key}' must be a sequence, not {_kind(items)}")
        elif not items:
            raise MatrixError(f"the matrix vector '{key}' does not contain any values")
        else:
            vectors[key] = items
    if not vectors and not lists["include"]:
        raise MatrixError("a matrix must define at least one vector")
    return Matrix(vectors, lists["include"], lists["exclude"])


def _filters(key: str, items: Value) -> list[Combination]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MatrixError(f"'{key}' of a matrix must be a sequence of mappings, not {_kind(items)}")
    return [item for item in items if isinstance(item, dict)]


def _product(vectors: dict[str, list[Value]]) -> list[Combination]:
    if not vectors:
        return []
    size = 1
    for items in vectors.values():
        size *= len(items)
        if size > MAX_COMBINATIONS * 64:
            raise MatrixError(f"the matrix has more than {size} combinations, and {MAX_COMBINATIONS} are allowed")
    combinations: list[Combination] = [{}]
    for key, items in vectors.items():
        combinations = [{**combination, key: item} for combination in combinations for item in items]
    return combinations


def _agrees(filter_: Combination, combination: Combination) -> bool:
    """Return whether every key of an ``exclude`` is in the combination with the same value, to any depth."""
    return all(key in combination and _same(wanted, combination[key]) for key, wanted in filter_.items())


def _same(wanted: Value, value: Value) -> bool:
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(k in value and _same(v, value[k]) for k, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(value, list)
            and len(wanted) == len(value)
            and all(_same(a, b) for a, b in zip(wanted, value, strict=True))
        )
    return not isinstance(value, dict | list) and to_string(wanted) == to_string(value)


def _included(combinations: list[Combination], matrix: Matrix) -> list[Combination]:
    """Add each ``include`` to the combinations whose own values it does not contradict, else as one of its own."""
    extended = [dict(combination) for combination in combinations]
    added: list[Combination] = []
    for extra in matrix.include:
        own = {key: value for key, value in extra.items() if key in matrix.vectors}
        fitting = [i for i, combination in enumerate(combinations) if _agrees(own, combination)]
        for i in fitting:
            extended[i].update(extra)
        if not fitting:
            added.append(dict(extra))
    return extended + added


def suffix(combination: Combination) -> str:
    """Return what GitHub puts behind the name of a job of a matrix: ``(ubuntu-latest, 3.12)``."""
    values = [text for value in combination.values() for text in _leaves(value)]
    return f"({', '.join(values)})" if values else ""


def _leaves(value: Value) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in _leaves(item)]
    return [to_string(value)]


def _kind(value: Value) -> str:
    if value is None:
        return "nothing"
    return {bool: "a boolean", str: "a text", list: "a sequence", dict: "a mapping"}.get(type(value), "a number")
