"""The rules without a database: an event and who may care about it in, notifications out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.inbox.rules import _RULES, Audience, Question, notifications, question_of, who
from headway.kernel.ledger.records import Event
from headway.kernel.ledger.types import CDEVENTS, HEADWAY

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ids = st.frozensets(st.integers(1, 6))


def event(name: str, subject: str = "project:acme/shop", project: str = "acme/shop", **data: Any) -> Event:
    kind = f"dev.cdevents.{name}" if name in CDEVENTS else f"dev.cdeventsx.headway-{name}"
    return Event(UUID(int=1), kind, subject, "person:anna", project, NOW, data)


def summary(told: Event, place: str = "acme/shop") -> str:
    asked = question_of(told, place)
    assert asked is not None
    return asked.summary


def test_every_rule_is_for_a_type_of_event_that_there_is() -> None:
    assert [name for name in _RULES if name not in CDEVENTS and name not in HEADWAY] == []


def test_what_happened_is_told_in_plain_words() -> None:
    updates = [{"ref": "refs/heads/main"}, {"ref": "refs/tags/v1"}, *({"ref": f"refs/heads/x{n}"} for n in range(4))]
    assert summary(event("push.received", updates=updates)) == "anna pushed to main, v1, x0 and 3 more of acme/shop"
    assert summary(event("change.created", "change:acme/shop#8", title="Fix it")) == (
        "anna opened a change request in acme/shop: #8 Fix it"
    )
    member = event("member.changed", "team:acme", "", member="person:ben", role="developer", before="")
    assert summary(member) == "anna added you as developer in the team acme"
    status = event("commit.status-reported", f"commit:acme/shop@{'a' * 40}", state="failure", context="build")
    assert summary(status) == "build failed for your commit aaaaaaaaaa in acme/shop"
    assert summary(event("grant.changed", "person:ben", role="")) == "anna took your role in acme/shop"
    assert [who(each) for each in ("person:anna", "token:service:robot", "system")] == ["anna", "robot", "Headway"]


def test_what_went_well_and_what_concerns_programs_is_not_told() -> None:
    quiet = [
        event("commit.status-reported", state="success", context="build"),
        event("pipelinerun.finished", outcome="success"),
        event("member.changed", "team:acme", "", member="token:service:robot", role="guest"),
        event("session.started", "person:anna", ""),
        event("push.received", updates="nonsense"),
    ]
    assert [question_of(each) for each in quiet] == [None] * len(quiet)


def test_a_long_or_odd_text_makes_no_trouble() -> None:
    assert len(summary(event("change.created", title="x" * 5000))) == 300
    for odd in (None, 7, [], {"a": 1}, ["person:" + "x" * 600], [1, None]):
        assert question_of(event("change.created", title=odd, mentions=odd, assignees=odd)) is not None


def test_who_is_mentioned_or_assigned_is_told_whatever_they_watch() -> None:
    told = event("ticket.created", mentions=["person:ben", "team:x"], assignees=["person:cleo"])
    asked = question_of(told)
    assert asked is not None
    assert asked.addressed == {"person:ben": "mentioned", "person:cleo": "assigned"}
    audience = Audience(1, {"person:anna": 1, "person:ben": 2}, ignoring=frozenset({2}), seeing=frozenset({1, 2}))
    assert [(each.account_id, each.reason) for each in notifications(told, asked, audience)] == [(2, "mentioned")]


@given(
    st.builds(
        Audience,
        actor_id=st.none() | st.integers(1, 6),
        people=st.dictionaries(st.sampled_from(["person:ben", "person:cleo"]), st.integers(1, 6)),
        watching=ids,
        owning=ids,
        ignoring=ids,
        authors=ids,
        seeing=ids,
    ),
    st.booleans(),
    st.booleans(),
)
def test_nobody_is_told_twice_or_of_what_they_may_not_see_or_did_themselves(
    audience: Audience, watchers: bool, own_too: bool
) -> None:
    asked = Question("x", {"person:ben": "mentioned"}, watchers=watchers, author="commit:x", own_too=own_too)
    told = notifications(event("push.received"), asked, audience)
    everybody = [each.account_id for each in told]
    assert len(everybody) == len(set(everybody))
    assert set(everybody) <= audience.seeing
    assert own_too or audience.actor_id not in everybody
    mentioned = {audience.people.get("person:ben", 0)}
    assert not (set(everybody) & audience.ignoring) - mentioned
