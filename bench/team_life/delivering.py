"""From an artifact to production: releases, staging, promotion, canaries, what goes wrong on the way, and rollbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.team_life.simulation import HOUR, MINUTE
from bench.team_life.world import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.team_life.simulation import Process
    from bench.team_life.world import Commit, Defect, Service, World

PRODUCTION, STAGING = "production", "staging"


def deliver(world: World, service: Service, artifact: str, *, urgent: bool = False) -> Iterator[float]:
    """Make a release of an artifact, bring it to staging and, if it does well there, sooner or later to production."""
    random = world.random
    release = _release(world, service, artifact)
    started, ok = yield from _roll_out(world, service, STAGING, release)
    if ok:
        _tell_runs(world, service, STAGING, release, started)
    if not ok or (not urgent and _caught_in_staging(world, release)):
        return
    if not urgent:
        if not service.continuous and random.random() < 0.55:
            return  # a later release takes it along
        yield random.expovariate(1 / (25 * MINUTE))
    while service.busy or (service.incident and not urgent):
        yield random.uniform(2 * MINUTE, 20 * MINUTE)
    running = service.running.get(PRODUCTION)
    if running is None or running.number < release.number:
        yield from promote(world, service, release)


def _release(world: World, service: Service, artifact: str) -> Release:
    service.released += 1
    number = service.released
    subject = f"release:{service.project}/{number}"
    release = Release(subject, number, artifact, tuple(service.unreleased))
    service.unreleased = []
    links = [(artifact, "released-as", subject)]
    links += [(subject, "contains", commit.subject) for commit in release.commits]
    if service.releases:
        links.append((subject, "supersedes", service.releases[-1].subject))
    service.releases = [*service.releases[-40:], release]
    data = {"version": f"1.{number}.0", "service": {"id": service.name}, "artifacts": [artifact]}
    world.writer.tell("release.created", subject, service.project, data, *links)
    return release


def _caught_in_staging(world: World, release: Release) -> bool:
    """Let staging find some defects: their commits are mended before anything reaches production."""
    return any(
        commit.defect and commit.defect.style in ("crash", "slow") and world.random.random() < 0.3
        for commit in release.commits
    )


def promote(world: World, service: Service, release: Release) -> Iterator[float]:
    """Bring a release to production, with all commits since the one that runs there."""
    random = world.random
    service.busy = True
    running = service.running.get(PRODUCTION)
    commits = _brought(service, release, running)
    defect = _first_defect(service, commits)
    caught = bool(defect and defect.style == "crash" and service.canary and random.random() < 0.6)
    started, ok = yield from _roll_out(world, service, PRODUCTION, release, caught=caught, defect=defect)
    if ok:
        _tell_runs(world, service, PRODUCTION, release, started)
    elif caught and defect:
        service.fixed.add(defect.commit)
    service.busy = False


def _brought(service: Service, release: Release, running: Release | None) -> list[Commit]:
    first = running.number if running else 0
    return [commit for other in service.releases if first < other.number <= release.number for commit in other.commits]


def _first_defect(service: Service, commits: list[Commit]) -> Defect | None:
    return next((commit.defect for commit in commits if commit.defect and commit.subject not in service.fixed), None)


def _roll_out(
    world: World,
    service: Service,
    environment: str,
    release: Release,
    *,
    caught: bool = False,
    defect: Defect | None = None,
) -> Process[tuple[str, bool]]:
    """Carry out a deployment. Return its subject and whether it now runs.

    A defect begins to show while it is rolled out; a canary that is caught shows nothing that anybody is called for.
    """
    random = world.random
    subject = f"deployment:{world.next('deployment')}"
    data = _data(service, environment, release, subject)
    canary = service.canary and environment == PRODUCTION
    data["strategy"] = "canary" if canary else "rolling"
    world.writer.tell("deployment.started", subject, service.project, data, (release.subject, "deployed-as", subject))
    if defect and not caught:
        world.simulation.start(
            world.manifest(world, service, subject, release.artifact, defect), random.uniform(20, 120)
        )
    yield random.uniform(15 * MINUTE, 30 * MINUTE) if canary else random.uniform(2 * MINUTE, 9 * MINUTE)
    outcome = "failure" if caught else "error" if not defect and random.random() < 0.02 else "success"
    world.writer.tell("deployment.finished", subject, service.project, {**data, "outcome": outcome})
    return subject, outcome == "success"


def _data(service: Service, environment: str, release: Release, deployment: str) -> dict[str, object]:
    running = service.running.get(environment)
    data: dict[str, object] = {
        "environment": {"id": environment},
        "service": {"id": service.name},
        "artifactId": release.artifact,
        "version": f"1.{release.number}.0",
        "deployment": deployment,
    }
    if running:
        data["previousArtifactId"] = running.artifact
    return data


def _tell_runs(world: World, service: Service, environment: str, release: Release, deployment: str) -> None:
    name = "service.upgraded" if environment in service.running else "service.deployed"
    data = _data(service, environment, release, deployment)
    service.running[environment] = release
    world.writer.tell(name, service.subject, service.project, data)


def roll_back(world: World, service: Service, actor: str) -> Process[str]:
    """Go back to the release before the one that runs in production. Return the deployment, empty if there is none."""
    running = service.running.get(PRODUCTION)
    earlier = [release for release in service.releases if running and release.number < running.number]
    if not running or not earlier:
        return ""
    while service.busy:
        yield MINUTE
    service.busy = True
    release = earlier[-1]
    subject = f"deployment:{world.next('deployment')}"
    data = {**_data(service, PRODUCTION, release, subject), "strategy": "rolling", "rollback": True}
    link = (release.subject, "deployed-as", subject)
    world.writer.tell("deployment.started", subject, service.project, data, link, actor=actor)
    yield world.random.uniform(MINUTE, 4 * MINUTE)
    world.writer.tell("deployment.finished", subject, service.project, {**data, "outcome": "success"}, actor=actor)
    world.writer.tell("service.rolledback", service.subject, service.project, data, actor=actor)
    service.running[PRODUCTION] = release
    service.busy = False
    return subject


def first_releases(world: World, service: Service) -> Iterator[float]:
    """Put a first release of a service into both environments, before anybody works on it."""
    artifact = f"artifact:sha256:{world.random.getrandbits(256):064x}"
    release = _release(world, service, artifact)
    for environment in (STAGING, PRODUCTION):
        started, _ = yield from _roll_out(world, service, environment, release)
        _tell_runs(world, service, environment, release, started)
        yield HOUR
