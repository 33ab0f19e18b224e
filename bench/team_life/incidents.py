"""Incidents: how they are told, handled and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.team_life.alerting import Showing, details, fire, resolve
from bench.team_life.coding import build, push, tell_push
from bench.team_life.delivering import PRODUCTION, roll_back
from bench.team_life.simulation import HOUR, MINUTE
from bench.team_life.world import Commit, some_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.team_life.simulation import Process
    from bench.team_life.world import Service, World


def handle(
    world: World, service: Service, incident: str, showings: list[Showing], culprit: str, owner: Service
) -> Iterator[float]:
    """Let an incident be told by alerts or by a person, and be ended by people who find the reason sooner or later."""
    random = world.random
    alerts: list[tuple[Showing, str]] = []
    reported = random.random() < 0.05
    if reported:
        yield random.uniform(5 * MINUTE, 40 * MINUTE)
    else:
        yield random.uniform(MINUTE, 6 * MINUTE)
        alerts.append((showings[0], fire(world, showings[0], PRODUCTION)))
        yield random.uniform(0.5 * MINUTE, 8 * MINUTE)
        for showing in showings[1:]:
            if showing.onset + 2 * MINUTE < world.now:
                alerts.append((showing, fire(world, showing, PRODUCTION)))
    seen = details(world, showings[0], PRODUCTION, showings[0].onset) if reported and random.random() < 0.6 else {}
    _tell_begun(world, service, incident, [alert for _, alert in alerts], seen, reported=reported)
    if not reported:
        for showing in showings[1 + len(alerts[1:]) :]:
            yield max(0.0, showing.onset + 2 * MINUTE - world.now)
            alerts.append((showing, fire(world, showing, PRODUCTION, ("", "caused", incident))))
    yield random.expovariate(1 / (35 * MINUTE)) + 4 * MINUTE
    fix = yield from _repair(world, service, culprit, owner)
    yield random.uniform(2 * MINUTE, 10 * MINUTE)
    links = [(incident, "fixed-by", fix)] if fix else []
    world.writer.tell("incident.resolved", incident, service.project, _data(service), *links)
    for showing, alert in alerts:
        resolve(world, showing, alert, PRODUCTION)


def _data(service: Service) -> dict[str, object]:
    return {"environment": {"id": PRODUCTION}, "service": {"id": service.name}}


def _tell_begun(
    world: World, service: Service, incident: str, alerts: list[str], seen: dict[str, object], *, reported: bool
) -> None:
    """Write down that it began; ``seen`` is what monitoring shows to whoever reports it."""
    data = {**_data(service), **seen, "description": f"Something is wrong with {service.name}"}
    links = [(alert, "caused", incident) for alert in alerts]
    if not reported:
        world.writer.tell("incident.detected", incident, service.project, data, *links)
        return
    person = world.random.choice(world.people).subject
    data["ticketURI"] = _ticket(world, service, person)
    world.writer.tell("incident.reported", incident, service.project, data, *links, actor=person)


def _ticket(world: World, service: Service, person: str) -> str:
    number = service.number()
    uri = f"/{service.project}/issues/{number}"
    data = {"summary": f"{service.name} does not work", "creator": person, "uri": uri, "ticketType": "incident"}
    world.writer.tell("ticket.created", f"issue:{service.project}#{number}", service.project, data, actor=person)
    return uri


def _repair(world: World, service: Service, culprit: str, owner: Service) -> Process[str]:
    """Let people mend it. Return the deployment or change that did, empty if it passed by itself."""
    random = world.random
    person = random.choice(world.people).subject
    if culprit.startswith("deployment:"):
        if random.random() < 0.6:
            return (yield from _revert(world, owner, person))
        return (yield from _hotfix(world, owner, person))
    if culprit.startswith("configuration:"):
        return _configure_back(world, service, person)
    if random.random() < 0.1:  # people take back what they suspect, and are wrong
        return (yield from _mistaken_rollback(world, service, person))
    yield random.expovariate(1 / HOUR)
    return ""


def _revert(world: World, service: Service, person: str) -> Process[str]:
    """Go back to the version before, and take the commits out of the next one."""
    deployment = yield from roll_back(world, service, person)
    commit = Commit(
        f"commit:{service.project}@{world.random.getrandbits(160):040x}", some_files(world.random, service, 3), None
    )
    tell_push(world, person, service, "main", [commit])
    service.unreleased.append(commit)
    return deployment


def _mistaken_rollback(world: World, service: Service, person: str) -> Process[str]:
    yield from roll_back(world, service, person)
    yield world.random.expovariate(1 / HOUR)
    return ""


def _hotfix(world: World, service: Service, person: str) -> Process[str]:
    """Mend it with a small change that goes straight to production. Return the change."""
    random = world.random
    yield random.uniform(10 * MINUTE, 50 * MINUTE)
    number = service.number()
    change = f"change:{service.project}#{number}"
    commits = push(world, person, service, f"hotfix-{number}", 1, sound=True)
    repository: dict[str, object] = {"repository": {"id": service.project}}
    link = (change, "contains", commits[0].subject)
    world.writer.tell("change.created", change, service.project, repository, link, actor=person)
    world.writer.tell("change.merged", change, service.project, repository, actor=person)
    service.unreleased += commits
    world.simulation.start(build(world, service, change, commits[0].subject, urgent=True))
    yield random.uniform(25 * MINUTE, 40 * MINUTE)
    return change


def _configure_back(world: World, service: Service, person: str) -> str:
    subject = f"configuration:{service.project}/{world.next('configuration')}"
    data = {**_data(service), "summary": "Take the last change back", "changed": 1, "outcome": "success"}
    world.writer.tell("configuration.applied", subject, service.project, data, actor=person)
    return subject
