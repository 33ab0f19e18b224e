"""Who is told of an event, and in which words. Pure: an event and who may care about it in, notifications out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel.ledger.types import OWN_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headway.kernel.inbox.records import Reason
    from headway.kernel.ledger.records import Event

_CDEVENTS = "dev.cdevents."
_LONGEST = 300


class Question(NamedTuple):
    """What has to be known to tell of an event.

    ``addressed``: people by their subjects, with the reason, whatever they watch; ``watchers``: whether those who
    watch the project or the subject are told; ``author``: the commit whose author is told; ``own_too``: whether also
    of what somebody did themselves.
    """

    summary: str
    addressed: Mapping[str, Reason] = {}
    watchers: bool = False
    author: str = ""
    own_too: bool = False


class Audience(NamedTuple):
    """What the database says of the people of a question; accounts by their ids.

    ``seeing``: who may see what happens in the project; nobody else is told of it.
    """

    actor_id: int | None
    people: Mapping[str, int] = {}
    watching: frozenset[int] = frozenset()
    owning: frozenset[int] = frozenset()
    ignoring: frozenset[int] = frozenset()
    authors: frozenset[int] = frozenset()
    seeing: frozenset[int] = frozenset()


class Told(NamedTuple):
    """One notification: who is told, and why."""

    account_id: int
    reason: Reason
    summary: str


def question_of(event: Event, place: str = "") -> Question | None:
    """Return what has to be known to tell of an event; ``None`` for one that nobody is told of.

    ``place``: what the event's project is called now.
    """
    name = event.type.removeprefix(_CDEVENTS).removeprefix(OWN_PREFIX)
    rule = _RULES.get(name)
    if rule is None:
        return None
    asked = rule(event, place or event.project)
    if asked is None:
        return None
    named = _named(event.data, "mentions", "mentioned") | _named(event.data, "assignees", "assigned")
    return asked._replace(summary=asked.summary[:_LONGEST], addressed={**named, **asked.addressed})


def notifications(event: Event, asked: Question, audience: Audience) -> list[Told]:
    """Return who is told of an event. Nobody is told twice; the most personal reason counts."""
    reasons: dict[int, Reason] = {}
    if asked.watchers:
        reasons |= dict.fromkeys(audience.owning, "owner")
        reasons |= dict.fromkeys(audience.watching, "watching")
        for ignoring in audience.ignoring:
            reasons.pop(ignoring, None)
    if asked.author:
        reasons |= dict.fromkeys(audience.authors - audience.ignoring, "author")
    for subject, reason in asked.addressed.items():
        if subject in audience.people:
            reasons[audience.people[subject]] = reason
    if audience.actor_id is not None and not asked.own_too:
        reasons.pop(audience.actor_id, None)
    # That a role was taken is told to who has none any more; of all else in a project hear only those who see it.
    return [
        Told(account_id, reason, asked.summary)
        for account_id, reason in sorted(reasons.items())
        if not event.project or account_id in audience.seeing or reason == "addressed"
    ]


def who(subject: str) -> str:
    """Return what people call an actor: ``anna`` of ``person:anna``."""
    kind, _, identity = subject.partition(":")
    if kind == "person":
        return identity
    return identity.removeprefix("service:") if kind == "token" else "Headway"


def _named(data: Mapping[str, Any], key: str, reason: Reason) -> dict[str, Reason]:
    found = data.get(key)
    if not isinstance(found, list):
        return {}
    return {each: reason for each in found[:50] if isinstance(each, str) and each.startswith("person:")}


def _member(event: Event, _place: str) -> Question | None:
    member, role, before = (str(event.data.get(name) or "") for name in ("member", "role", "before"))
    if not member.startswith("person:"):
        return None
    team = event.subject.partition(":")[2]
    if not role:
        return Question(f"{who(event.actor)} ended your membership of the team {team}", {member: "addressed"})
    verb = "made you" if before else "added you as"
    return Question(f"{who(event.actor)} {verb} {role} in the team {team}", {member: "addressed"})


def _grant(event: Event, place: str) -> Question | None:
    if not event.subject.startswith("person:"):
        return None
    role = event.data.get("role")
    said = f"gave you the role {role} in {place}" if role else f"took your role in {place}"
    return Question(f"{who(event.actor)} {said}", {event.subject: "addressed"})


def _administrator(event: Event, _place: str) -> Question:
    does = event.data.get("administrator")
    said = "lets you administer this installation" if does else "lets you administer this installation no longer"
    return Question(f"{who(event.actor)} {said}", {event.subject: "addressed"})


def _accepted(event: Event, place: str) -> Question | None:
    inviter = str(event.data.get("inviter") or "")
    if not inviter:
        return None
    where = place or event.subject.partition(":")[2]
    role = event.data.get("role")
    return Question(f"{who(event.actor)} joined {where}{f' as {role}' if role else ''}", {inviter: "invited"})


def _push(event: Event, place: str) -> Question | None:
    updates = event.data.get("updates")
    refs = [str(each.get("ref", "")) for each in updates if isinstance(each, dict)] if isinstance(updates, list) else []
    if not refs:
        return None
    names = [ref.removeprefix("refs/heads/").removeprefix("refs/tags/") for ref in refs]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Question(f"{who(event.actor)} pushed to {', '.join(names[:3])}{more} of {place}", watchers=True)


def _status(event: Event, place: str) -> Question | None:
    if event.data.get("state") not in ("failure", "error"):
        return None
    sha = event.subject.rpartition("@")[2]
    said = str(event.data.get("description") or "")
    what = f"{event.data.get('context')} failed for your commit {sha[:10]} in {place}"
    return Question(f"{what}: {said}" if said else what, author=event.subject, own_too=True)


def _watched(said: str) -> Callable[[Event, str], Question]:
    def rule(event: Event, place: str) -> Question:
        title = event.data.get("summary") or event.data.get("title") or event.data.get("name")
        number = event.subject.rpartition("#")[2] if "#" in event.subject else ""
        what = " ".join(f"{each}" for each in (f"#{number}" if number else "", title or "") if each)
        words = f"{who(event.actor)} {said} {place}"
        return Question(f"{words}: {what}" if what else words, watchers=True)

    return rule


def _failed_run(event: Event, place: str) -> Question | None:
    if event.data.get("outcome") not in ("failure", "error"):
        return None
    name = event.data.get("pipelineName") or event.subject
    return Question(f"{name} failed in {place}", watchers=True, own_too=True)


_RULES: dict[str, Callable[[Event, str], Question | None]] = {
    "administrator.changed": _administrator,
    "change.abandoned": _watched("closed a change request in"),
    "change.created": _watched("opened a change request in"),
    "change.merged": _watched("merged a change request in"),
    "change.reviewed": _watched("reviewed a change request in"),
    "commit.status-reported": _status,
    "grant.changed": _grant,
    "incident.detected": _watched("detected an incident in"),
    "incident.reported": _watched("reported an incident in"),
    "incident.resolved": _watched("resolved an incident in"),
    "invitation.accepted": _accepted,
    "member.changed": _member,
    "pipelinerun.finished": _failed_run,
    "project.archived": _watched("archived"),
    "project.restored": _watched("brought back"),
    "push.received": _push,
    "release.created": _watched("made a release in"),
    "repository.deleted": _watched("deleted"),
    "ticket.closed": _watched("closed an issue in"),
    "ticket.created": _watched("opened an issue in"),
}
"""By the type of the event, without its prefix."""
