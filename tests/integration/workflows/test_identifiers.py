from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.workflows.identifiers import MAX_LENGTH, Identifiers, wish_for_action


@pytest.mark.parametrize("name", ["a", "_", "_a", "A-b_9", "x" * (MAX_LENGTH - 1)])
def test_ids_that_github_takes_are_taken(name: str) -> None:
    assert Identifiers().add(name) == ""


@pytest.mark.parametrize("name", ["", "9a", "-a", "a b", "a.b", "ä", "a\n", "x" * MAX_LENGTH, "a/b", "${{ x }}"])
def test_other_ids_are_invalid(name: str) -> None:
    assert "is invalid. IDs may only contain" in Identifiers().add(name)


def test_ids_with_two_underscores_are_reserved() -> None:
    assert "IDs starting with '__' are reserved" in Identifiers().add("__run")


def test_an_id_is_taken_once_in_its_scope_and_case_counts() -> None:
    identifiers = Identifiers()
    assert identifiers.add("a") == ""
    assert "may not be used more than once within the same scope" in identifiers.add("a")
    assert identifiers.add("A") == ""
    assert Identifiers().add("a") == ""


def test_ids_are_made_up_with_numbers_where_the_wish_is_taken() -> None:
    identifiers = Identifiers()
    assert [identifiers.invent("__run") for _ in range(3)] == ["__run", "__run_2", "__run_3"]


@given(st.lists(st.text(max_size=120), max_size=12))
def test_ids_that_are_made_up_are_short_ascii_and_never_twice(wishes: list[str]) -> None:
    identifiers = Identifiers()
    made = [identifiers.invent(f"__{wish}") for wish in wishes]
    assert len(set(made)) == len(made)
    assert all(len(id_) <= MAX_LENGTH and id_.isascii() and id_.startswith("__") for id_ in made)


@pytest.mark.parametrize(
    ("uses", "wish"),
    [
        ("actions/checkout@v4", "__actions_checkout"),
        ("acme/tools/sub/path@v1", "__acme_tools"),
        ("acme\\tools@v1", "__acme_tools"),
        ("docker://alpine:3", "__alpine:3"),
        ("./local", "__self"),
        (".\\local", "__self"),
        ("$/local", "__self"),
        ("nonsense", "__run"),
        ("a/b@c@d", "__run"),
        ("a/b@", "__run"),
        ("", "__run"),
    ],
)
def test_the_id_of_a_step_looks_like_its_action(uses: str, wish: str) -> None:
    assert wish_for_action(uses) == wish
