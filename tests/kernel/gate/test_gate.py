"""The gate: the strictest answer counts, what fails is a no, and the built-in rules say what the table says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.gate import ALLOW, DeniedError, Gate, Request, Verdict, allow, deny, wait
from headway.kernel.gate.builtin import administration, archived, roles
from headway.kernel.gate.verdicts import combined
from headway.kernel.identity.actors import ANONYMOUS, SYSTEM, Actor
from headway.kernel.identity.roles import PERMISSIONS, ROLES, SCOPES, rank

outcomes = st.sampled_from([allow, wait, deny])
verdicts = st.builds(
    lambda make, reasons: make(*reasons), outcomes, st.lists(st.text(min_size=1, max_size=3), max_size=2)
)
anybody = st.sampled_from([None, *ROLES])
actions = st.sampled_from(sorted(PERMISSIONS))
BUILT_IN = Gate([roles, archived, administration])


@given(st.lists(verdicts, max_size=5))
def test_the_strictest_of_all_answers_counts_and_none_at_all_is_a_no(answers: list[Verdict]) -> None:
    found = combined(answers)
    strictness = ["allow", "wait", "deny"]
    assert found.outcome == (max((each.outcome for each in answers), key=strictness.index) if answers else "deny")
    as_strict = [reason for each in answers if each.outcome == found.outcome for reason in each.reasons]
    assert not answers or found.reasons == tuple(dict.fromkeys(as_strict))


@given(st.lists(verdicts, max_size=4), verdicts)
def test_one_more_rule_never_makes_an_answer_milder(answers: list[Verdict], more: Verdict) -> None:
    strictness = ["allow", "wait", "deny"]
    if answers:
        before, after = combined(answers).outcome, combined([*answers, more]).outcome
        assert strictness.index(after) >= strictness.index(before)


def test_a_rule_that_fails_is_a_no_whatever_the_others_say(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_request: Request) -> Verdict:
        raise RuntimeError("the policy cannot be read")

    gate = Gate([lambda _request: ALLOW, fails])
    verdict = gate.check(SYSTEM, "project.read", "project:acme/shop")
    assert verdict.outcome == "deny"
    assert "a rule failed" in verdict.reasons[0]
    assert "cannot be read" not in verdict.reasons[0]


def test_rules_that_have_nothing_to_say_are_no_yes() -> None:
    gate = Gate([lambda _request: None])
    assert gate.check(SYSTEM, "project.read", "project:acme/shop") == deny("no rule allows this")
    gate.add(lambda _request: ALLOW)
    assert gate.check(SYSTEM, "project.read", "project:acme/shop").allowed


def test_requiring_raises_with_every_reason() -> None:
    gate = Gate([lambda _request: deny("not on Fridays"), lambda _request: deny("not without a review")])
    with pytest.raises(DeniedError, match="not on Fridays; not without a review") as raised:
        gate.require(SYSTEM, "code.push", "project:acme/shop")
    assert raised.value.verdict.outcome == "deny"
    with pytest.raises(DeniedError, match="tomorrow"):
        Gate([lambda _request: wait("tomorrow")]).require(SYSTEM, "code.push", "project:acme/shop")
    Gate([lambda _request: ALLOW]).require(SYSTEM, "code.push", "project:acme/shop")


@given(actions, anybody, st.none() | st.frozensets(st.sampled_from(sorted(SCOPES))))
def test_a_role_and_a_scope_are_both_needed(action: str, role: Any, scopes: Any) -> None:
    actor = Actor("person:anna", 1, "anna", scopes=scopes)
    permission = PERMISSIONS[action]
    verdict = BUILT_IN.check(actor, action, "project:acme/shop", {"role": role})
    written = permission.scope.replace("read:", "write:")
    has_scope = (
        scopes is None or permission.scope in scopes or (permission.scope.startswith("read:") and written in scopes)
    )
    assert verdict.allowed is (has_scope and rank(role) >= rank(permission.role))
    if not verdict.allowed:
        assert permission.meaning in verdict.reasons[0]


@given(actions, st.integers(0, len(ROLES) - 1))
def test_whoever_has_more_may_do_what_those_with_less_may(action: str, place: int) -> None:
    allowed = [BUILT_IN.check(ANONYMOUS, action, "project:x/y", {"role": role}).allowed for role in ROLES[place:]]
    assert allowed == sorted(allowed)


READING = {"project.read", "ledger.read", "code.read", "member.read", "secret.list", "webhook.read"}


@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_an_archived_project_can_be_read_and_brought_back_by_its_owner(action: str) -> None:
    verdict = BUILT_IN.check(SYSTEM, action, "project:acme/shop", {"role": "owner", "archived": True})
    assert verdict.allowed is (action in READING | {"project.administer"})
    if not verdict.allowed:
        assert "archived" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (ANONYMOUS, "somebody who administers"),
        (Actor("person:anna", 1, "anna"), "somebody who administers"),
        (Actor("person:anna", 1, "anna", is_administrator=True, scopes=frozenset({"write:user"})), "scope 'admin'"),
    ],
)
def test_the_installation_is_for_those_who_administer_it(actor: Actor, said: str) -> None:
    (reason,) = BUILT_IN.check(actor, "installation.update", "installation").reasons
    assert said in reason
    root = Actor("person:root", 2, "root", is_administrator=True, scopes=frozenset({"admin"}))
    assert BUILT_IN.check(root, "installation.update", "installation").allowed


@pytest.mark.parametrize("action", ["", "project", "project.explode", "installationx.update", "code.push.more"])
def test_what_nobody_has_heard_of_is_a_no_for_everybody(action: str) -> None:
    assert not BUILT_IN.check(SYSTEM, action, "project:acme/shop", {"role": "owner"}).allowed
