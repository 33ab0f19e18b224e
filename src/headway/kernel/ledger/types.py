"""The types of events: those of CDEvents 0.5.1, and Headway's own for what CDEvents has no word for.

Source: https://github.com/cdevents/spec, tag v0.5.1, ``schemas/``; custom events: ``custom/README.md``.
"""

from __future__ import annotations

from typing import NamedTuple

CDEVENTS_VERSION = "0.5.1"
OWN_PREFIX = "dev.cdeventsx.headway-"


class EventType(NamedTuple):
    """A type of event: its version, what it means, and which keys of its data CDEvents' schema has room for."""

    version: str
    meaning: str
    content: frozenset[str]


def _cd(version: str, meaning: str, content: str = "") -> EventType:
    return EventType(version, meaning, frozenset(content.split()))


_RUN = "pipelineName uri"
_TASK = "taskName uri pipelineRun"
_TICKET = "summary ticketType group creator assignees priority labels milestone uri"
_INCIDENT = "description environment service artifactId ticketURI"

CDEVENTS: dict[str, EventType] = {
    "artifact.packaged": _cd("0.3.0", "an artifact was made", "change sbom"),
    "artifact.signed": _cd("0.3.0", "an artifact was signed", "signature"),
    "artifact.published": _cd("0.3.0", "an artifact can be had from a registry", "sbom user"),
    "artifact.downloaded": _cd("0.2.0", "an artifact was fetched", "user"),
    "artifact.deleted": _cd("0.2.0", "an artifact was deleted", "user"),
    "branch.created": _cd("0.3.0", "a branch was created", "repository"),
    "branch.deleted": _cd("0.3.0", "a branch was deleted", "repository"),
    "build.queued": _cd("0.3.0", "a build waits for a place"),
    "build.started": _cd("0.3.0", "a build began"),
    "build.finished": _cd("0.3.0", "a build ended", "artifactId"),
    "change.created": _cd("0.4.0", "a change request was opened", "description repository"),
    "change.updated": _cd("0.3.0", "a change request has new commits or words", "repository"),
    "change.reviewed": _cd("0.3.0", "somebody reviewed a change request", "repository"),
    "change.merged": _cd("0.3.0", "a change request was merged", "repository"),
    "change.abandoned": _cd("0.3.0", "a change request was closed without a merge", "repository"),
    "environment.created": _cd("0.3.0", "an environment was created", "name uri"),
    "environment.modified": _cd("0.3.0", "an environment was changed", "name uri"),
    "environment.deleted": _cd("0.3.0", "an environment was deleted", "name"),
    "incident.detected": _cd("0.3.0", "something is wrong, a program says", _INCIDENT),
    "incident.reported": _cd("0.3.0", "something is wrong, a person says", _INCIDENT),
    "incident.resolved": _cd("0.3.0", "what was wrong is right again", _INCIDENT),
    "pipelinerun.queued": _cd("0.3.0", "a workflow run waits", _RUN),
    "pipelinerun.started": _cd("0.3.0", "a workflow run began", _RUN),
    "pipelinerun.finished": _cd("0.3.0", "a workflow run ended", f"{_RUN} outcome errors"),
    "repository.created": _cd("0.3.0", "a project with its repository was created", "name owner uri viewUrl"),
    "repository.modified": _cd("0.3.0", "a project was renamed, moved or changed", "name owner uri viewUrl"),
    "repository.deleted": _cd("0.3.0", "a project was deleted", "name owner uri viewUrl"),
    "service.deployed": _cd("0.3.0", "a service runs in an environment for the first time", "environment artifactId"),
    "service.upgraded": _cd("0.3.0", "a service runs in a newer version", "environment artifactId"),
    "service.rolledback": _cd("0.3.0", "a service went back to an earlier version", "environment artifactId"),
    "service.removed": _cd("0.3.0", "a service was taken from an environment", "environment"),
    "service.published": _cd("0.3.0", "a service can be reached", "environment"),
    "taskrun.started": _cd("0.3.0", "a job of a run began", _TASK),
    "taskrun.finished": _cd("0.3.0", "a job of a run ended", f"{_TASK} outcome errors"),
    "testsuiterun.started": _cd("0.3.0", "tests began", "environment testSuite trigger"),
    "testsuiterun.finished": _cd("0.3.0", "tests ended", "outcome severity reason environment testSuite"),
    "ticket.created": _cd("0.2.0", "an issue was opened", _TICKET),
    "ticket.updated": _cd("0.2.0", "an issue was changed", f"{_TICKET} updatedBy"),
    "ticket.closed": _cd("0.2.0", "an issue was closed", f"{_TICKET} resolution updatedBy"),
}
"""Keyed by ``subject.predicate``; the type in the ledger is ``dev.cdevents.`` and that."""

HEADWAY: dict[str, str] = {
    "administrator.changed": "somebody may, or may no longer, administer the installation",
    "alert.fired": "an alert rule found what it looks for",
    "alert.resolved": "an alert rule no longer finds what it looks for",
    "branch-rule.changed": "a branch rule was made, changed or taken away",
    "commit.recorded": "commits of a push were linked to it",
    "commit.status-reported": "a check said something of a commit",
    "configuration.applied": "hosts were brought to a configuration",
    "deployment.finished": "a deployment ended",
    "deployment.started": "a deployment began",
    "grant.changed": "somebody was given a role in a project, or lost it",
    "gpg-key.added": "an OpenPGP key was added",
    "gpg-key.removed": "an OpenPGP key was removed",
    "identity.linked": "an identity at an OpenID Connect provider was linked to an account",
    "identity.unlinked": "an identity at an OpenID Connect provider was taken from an account",
    "infrastructure.applied": "a plan of infrastructure was carried out",
    "installation.started": "the platform was started for the first time",
    "invitation.accepted": "an invitation was accepted",
    "invitation.created": "somebody was invited",
    "invitation.resent": "an invitation was given another link",
    "invitation.revoked": "an invitation was taken back",
    "key.added": "an SSH key was added",
    "key.removed": "an SSH key was removed",
    "key.rotated": "the key of secrets was changed",
    "lock.changed": "a large file was locked or unlocked",
    "member.changed": "somebody became, or is no longer, a member of a team",
    "mirror.changed": "what a project mirrors was set, changed or ended",
    "password.changed": "somebody chose a new password",
    "person.changed": "somebody changed their name or e-mail address",
    "person.created": "somebody got an account",
    "person.reinstated": "a suspended account may sign in again",
    "person.suspended": "an account may no longer sign in",
    "policy.changed": "a rule that decides over changes was set, changed or removed",
    "project.archived": "a project was archived: it can be read only",
    "project.restored": "a deleted project was brought back",
    "project.unarchived": "an archived project can be changed again",
    "push.received": "commits, branches or tags were pushed",
    "release.created": "artifacts became a release",
    "repository.purged": "a deleted project's repository was erased for good",
    "secret.changed": "a secret or variable was set or deleted; its value is not told",
    "service-account.created": "an account for a program was made",
    "service-account.reinstated": "a suspended account for a program may act again",
    "service-account.suspended": "an account for a program may no longer act",
    "session.ended": "somebody signed out",
    "session.started": "somebody signed in",
    "sign-in-link.created": "somebody who administers made a link by which a person signs in",
    "team.changed": "a team was given another name",
    "team.created": "a team was made",
    "team.deleted": "a team was deleted",
    "token.created": "a token was created",
    "token.revoked": "a token was revoked",
    "webhook.changed": "a webhook was made, changed or deleted",
}
"""Keyed by ``subject.predicate``; the type in the ledger is ``dev.cdeventsx.headway-`` and that."""

OWN_VERSION = "0.1.0"


def cdevent(name: str) -> str:
    """Return the type of a CDEvent, e.g. of ``change.merged``. Raises ``KeyError`` for what CDEvents does not have."""
    CDEVENTS[name]
    return f"dev.cdevents.{name}"


def own_event(name: str) -> str:
    """Return the type of one of Headway's own events, e.g. of ``push.received``. Raises ``KeyError`` for others."""
    HEADWAY[name]
    return OWN_PREFIX + name


def versioned(event_type: str) -> str:
    """Return the type with its version, as CDEvents' ``context.type`` has it."""
    known = CDEVENTS.get(event_type.removeprefix("dev.cdevents."))
    return f"{event_type}.{known.version if known else OWN_VERSION}"


def content_keys(event_type: str) -> frozenset[str] | None:
    """Return which keys the schema of a CDEvent has room for; ``None`` for our own types, which have room for all."""
    known = CDEVENTS.get(event_type.removeprefix("dev.cdevents."))
    return known.content if known else None


def is_known(event_type: str) -> bool:
    """Whether the ledger has such a type of event."""
    if event_type.startswith(OWN_PREFIX):
        return event_type.removeprefix(OWN_PREFIX) in HEADWAY
    return event_type.removeprefix("dev.cdevents.") in CDEVENTS
