"""From an issue to a merged change: branches, commits, runs, flaky tests, reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.team_life.delivering import deliver
from bench.team_life.simulation import HOUR, MINUTE, until_work
from bench.team_life.world import Commit, Defect, some_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.team_life.simulation import Process
    from bench.team_life.world import Person, Service, World

SHARE_OF_DEFECTS = 0.015
STYLES = "crash crash crash crash crash crash slow slow slow leak nightly callers".split()
TITLES = "Add Speed-up Simplify Show Validate Cache Retry Limit Rename Remove".split()
CHECKS = ("lint", "test")


class _Change(NamedTuple):
    """A change request that is being worked on."""

    subject: str
    branch: str
    commits: list[Commit]


def work(world: World, person: Person) -> Iterator[float]:
    """Let somebody work on one change after another, for as long as the simulation lasts."""
    random = world.random
    yield random.random() * 12 * HOUR
    while True:
        yield until_work(world.now, person.zone) + random.expovariate(1 / (40 * MINUTE))
        service = random.choice(person.services) if random.random() < 0.85 else random.choice(world.services)
        yield from _change(world, person, service)
        yield random.expovariate(1 / (1.5 * HOUR))


def _working(world: World, person: Person, hours: float) -> Iterator[float]:
    """Wait for some working time of a person."""
    yield until_work(world.now, person.zone)
    yield world.random.expovariate(1 / (hours * HOUR))
    yield until_work(world.now, person.zone)


def _change(world: World, person: Person, service: Service) -> Iterator[float]:
    random, tell = world.random, world.writer.tell
    issue = _issue(world, person, service) if random.random() < 0.7 else ""
    yield from _working(world, person, 0.6)
    number = service.number()
    branch, subject = f"change-{number}", f"change:{service.project}#{number}"
    repository = {"repository": {"id": service.project}}
    tell("branch.created", f"branch:{service.project}@{branch}", service.project, repository, actor=person.subject)
    commits: list[Commit] = []
    for _ in range(random.choice((1, 1, 2, 3))):
        yield from _working(world, person, 0.5)
        commits += push(world, person.subject, service, branch, random.choice((1, 1, 2)))
    title = f"{random.choice(TITLES)} {commits[0].files[0]}"
    links = [(subject, "contains", commit.subject) for commit in commits]
    links += [(subject, "resolves", issue)] if issue else []
    data = {**repository, "description": title, "branch": branch, "target": "main"}
    tell("change.created", subject, service.project, data, *links, actor=person.subject)
    change = _Change(subject, branch, commits)
    yield from _check(world, person, service, change)
    accepted = yield from _review(world, person, service, change)
    if accepted:
        _merge(world, person, service, change, issue)
    else:
        tell("change.abandoned", subject, service.project, repository, actor=person.subject)
    tell("branch.deleted", f"branch:{service.project}@{branch}", service.project, repository, actor=person.subject)


def _issue(world: World, person: Person, service: Service) -> str:
    number = service.number()
    subject = f"issue:{service.project}#{number}"
    creator = world.random.choice(world.people).subject
    data = {
        "summary": f"{world.random.choice(TITLES)} something in {service.name}",
        "creator": creator,
        "uri": f"/{service.project}/issues/{number}",
        "ticketType": world.random.choice(("bug", "enhancement", "task")),
        "assignees": [person.subject],
    }
    world.writer.tell("ticket.created", subject, service.project, data, actor=creator)
    return subject


def push(world: World, actor: str, service: Service, branch: str, count: int, *, sound: bool = False) -> list[Commit]:
    """Push some new commits to a branch and return them; sound ones have no defects."""
    commits = [_commit(world, service, sound=sound) for _ in range(count)]
    tell_push(world, actor, service, branch, commits)
    return commits


def tell_push(world: World, actor: str, service: Service, branch: str, commits: Sequence[Commit]) -> None:
    """Write down that commits came to a branch, and which."""
    subject = f"push:{service.project}/{world.next('push')}"
    shas = [commit.subject.rpartition("@")[2] for commit in commits]
    update = {"ref": f"refs/heads/{branch}", "old": f"{world.random.getrandbits(160):040x}", "new": shas[-1]}
    data = {"repository": {"id": service.project}, "transport": "https", "updates": [update], "updateCount": 1}
    tip = (subject, "contains", commits[-1].subject)
    by = (subject, "requested-by", actor)
    world.writer.tell("push.received", subject, service.project, data, tip, by, actor=actor)
    entries = [
        {
            "id": sha,
            "title": f"Change {commit.files[0]}",
            "files": list(commit.files),
            "parents": [f"{world.random.getrandbits(160):040x}" for _ in range(commit.parents)],
        }
        for sha, commit in zip(shas, commits, strict=True)
    ]
    recorded = {"count": len(shas), "first": shas[0], "last": shas[-1], "recorded": len(shas), "commits": entries}
    links = [(subject, "contains", commit.subject) for commit in commits]
    links += [(commit.subject, "requested-by", actor) for commit in commits]
    world.writer.tell("commit.recorded", subject, service.project, recorded, *links, actor=actor)


def _commit(world: World, service: Service, *, sound: bool) -> Commit:
    random = world.random
    subject = f"commit:{service.project}@{random.getrandbits(160):040x}"
    files = some_files(random, service, random.choice((1, 1, 2, 2, 3, 4, 6)))
    defective = not sound and random.random() < SHARE_OF_DEFECTS * (0.6 + 0.25 * len(files))
    defect = Defect(random.choice(STYLES), subject, random.choice(files)) if defective else None
    return Commit(subject, files, defect)


def _check(world: World, person: Person, service: Service, change: _Change) -> Iterator[float]:
    """Run the checks on the newest commit until they pass: some tests are flaky, some failures need a commit."""
    for _ in range(4):
        passed = yield from run(world, service, change.commits[-1].subject, 0.15)
        if passed:
            return
        if world.random.random() < 0.6:
            yield from _working(world, person, 0.3)
            _update(world, person, service, change)


def _update(world: World, person: Person, service: Service, change: _Change) -> None:
    added = push(world, person.subject, service, change.branch, 1)
    change.commits.extend(added)
    links = [(change.subject, "contains", commit.subject) for commit in added]
    data = {"repository": {"id": service.project}}
    world.writer.tell("change.updated", change.subject, service.project, data, *links, actor=person.subject)


def _review(world: World, person: Person, service: Service, change: _Change) -> Process[bool]:
    """Wait for reviews. Return whether the change was accepted in the end."""
    reviewer = world.random.choice(world.people)
    while True:
        yield from _working(world, reviewer, 1.2)
        verdict = world.random.choices(("approved", "changes-requested", "rejected"), (0.78, 0.18, 0.04))[0]
        data = {"repository": {"id": service.project}, "verdict": verdict}
        world.writer.tell("change.reviewed", change.subject, service.project, data, actor=reviewer.subject)
        if verdict != "changes-requested":
            return verdict == "approved"
        yield from _working(world, person, 0.6)
        _update(world, person, service, change)
        yield from _check(world, person, service, change)


def _merge(world: World, person: Person, service: Service, change: _Change, issue: str) -> None:
    merged = world.random.getrandbits(160)
    files = tuple(dict.fromkeys(name for commit in change.commits for name in commit.files))
    merge = Commit(f"commit:{service.project}@{merged:040x}", files, None, parents=2)
    data = {"repository": {"id": service.project}, "commit": merge.subject}
    link = (change.subject, "contains", merge.subject)
    world.writer.tell("change.merged", change.subject, service.project, data, link, actor=person.subject)
    tell_push(world, person.subject, service, "main", [merge])
    if issue:
        closing = {"uri": f"/{service.project}/issues/{issue.rpartition('#')[2]}", "resolution": "completed"}
        world.writer.tell("ticket.closed", issue, service.project, closing, actor=person.subject)
    service.unreleased += [*change.commits, merge]
    world.simulation.start(build(world, service, change.subject, merge.subject))


def run(world: World, service: Service, commit: str, failing: float) -> Process[str]:
    """Run the workflow on a commit. Return the run if it passed, else an empty text."""
    tell, random = world.writer.tell, world.random
    number = world.next("run")
    subject, link = f"run:{number}", (commit, "tested-by", f"run:{number}")
    data = {"pipelineName": "ci", "uri": f"/{service.project}/runs/{number}"}
    tell("pipelinerun.queued", subject, service.project, data, link)
    yield random.expovariate(1 / 20)
    tell("pipelinerun.started", subject, service.project, data)
    passed = random.random() >= failing
    for check in CHECKS:
        own = {"taskName": check, "pipelineRun": {"id": subject}}
        tell("taskrun.started", f"{subject}/{check}", service.project, own)
        yield random.uniform(20, 300)
        failed = check == CHECKS[-1] and not passed
        ended = {**own, "outcome": "failure" if failed else "success"}
        tell("taskrun.finished", f"{subject}/{check}", service.project, ended)
    outcome = {**data, "outcome": "success" if passed else "failure"}
    tell("pipelinerun.finished", subject, service.project, outcome)
    return subject if passed else ""


def build(world: World, service: Service, change: str, commit: str, *, urgent: bool = False) -> Iterator[float]:
    """Build an artifact of what was merged and hand it on; what does not pass is tried again once."""
    for _ in range(2):
        passed = yield from run(world, service, commit, 0.05)
        if passed:
            break
    else:
        return
    artifact = f"artifact:sha256:{world.random.getrandbits(256):064x}"
    data = {"change": {"id": change}, "name": service.name}
    links = ((artifact, "built-from", commit), (passed, "produced", artifact))
    world.writer.tell("artifact.packaged", artifact, service.project, data, *links)
    yield 5.0
    world.writer.tell("artifact.published", artifact, service.project, {})
    world.simulation.start(deliver(world, service, artifact, urgent=urgent))
