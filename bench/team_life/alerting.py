"""Alerts: what monitoring tells of how something shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.team_life.simulation import DAY, MINUTE
from bench.team_life.world import some_files
from bench.team_life.writing import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.team_life.world import Service, World

_RULES = {
    "errors": "HighErrorRate",
    "latency": "HighLatency",
    "saturation": "NearLimit",
    "traffic": "TrafficRise",
}


_ERROR_TYPES = {
    "exception": ("KeyError", "TypeError", "ValidationError", "IndexError", "500"),
    "timeout": ("TimeoutError", "DeadlineExceeded", "504"),
    "connection": ("ConnectionRefusedError", "ConnectionResetError", "503"),
    "authentication": ("AuthenticationFailed", "PermissionDenied", "401"),
    "certificate": ("CERTIFICATE_VERIFY_FAILED", "x509: certificate has expired"),
    "exhaustion": ("MemoryError", "TooManyConnections", "429"),
}


class Showing(NamedTuple):
    """How something shows in one service, from a time on.

    ``signature`` is that of an error never seen before, else empty; ``stack``: whether there is a stack trace, and
    ``file`` is then in it. Of the families of ``errors`` and of the ``resources`` one is named. ``nightly``: it
    shows in what runs each night. ``named`` is in the message of the error, ``artifact`` is what fails, if not all.
    ``traffic``: requests against the usual; ``rising``: since when what runs short was rising.
    """

    service: Service
    onset: float
    signal: str
    signature: str
    stack: bool
    file: str
    peer: str
    hosts: list[str]
    errors: str = "exception timeout timeout connection exhaustion"
    resources: str = "memory cpu cpu disk connections"
    nightly: bool = False
    named: str = ""
    artifact: str = ""
    traffic: float = 1.0
    rising: float = 0.0


def fire(world: World, showing: Showing, environment: str, *links: tuple[str, str, str]) -> str:
    """Write down that an alert fired, and return it. ``links`` may name it as ``""``."""
    random = world.random
    alert = f"alert:{world.next('alert')}"
    skew = random.gauss(0, 15)  # metrics have times of the hosts' clocks
    since = min(showing.onset + skew + random.uniform(0, 45), world.now + 30)
    data: dict[str, object] = {
        "environment": {"id": environment},
        "service": {"id": showing.service.name},
        "rule": _RULES[showing.signal],
        "signal": showing.signal,
        "severity": random.choice(("warning", "critical")),
        "since": text(since),
    }
    data |= details(world, showing, environment, since)
    own = [(alert if source == "" else source, kind, target) for source, kind, target in links]
    world.writer.tell("alert.fired", alert, showing.service.project, data, *own)
    return alert


def details(world: World, showing: Showing, environment: str, since: float) -> dict[str, object]:
    """Return what is known of errors, calls and hosts."""
    random = world.random
    data: dict[str, object] = {}
    if showing.signal == "errors":
        if random.random() < 0.9:
            data["errorType"] = random.choice(_ERROR_TYPES[random.choice(showing.errors.split())])
        if random.random() < (0.85 if showing.nightly else 0.6):
            data["lastSucceeded"] = text(since - (DAY if showing.nightly else random.uniform(1, 90)))
        data["message"] = f"cannot go on with {showing.named}" if showing.named else "cannot go on"
    elif showing.signal == "saturation" and random.random() < 0.95:
        data["resource"] = random.choice(showing.resources.split())
        rising = showing.rising or showing.onset - random.expovariate(1 / (3 * 3600))
        data["risingSince"] = text(rising + random.gauss(0, 900))
    if showing.signal == "errors" and random.random() < 0.85:
        data["signature"] = showing.signature or random.choice(showing.service.signatures)
        if random.random() < 0.7:
            first = since - random.uniform(0, 20) if showing.signature else since - random.uniform(1, 60) * DAY
            data["firstSeen"] = text(first)
    if showing.stack:
        names = [*some_files(random, showing.service, random.randint(2, 4)), *([showing.file] if showing.file else [])]
        random.shuffle(names)
        if showing.file and random.random() < 0.6:  # where it fails is often where the fault is
            names = [showing.file, *names]
        data["stack"] = [{"file": name, "line": random.randrange(1, 400)} for name in names]
    if showing.peer:
        data["peer"] = showing.peer
    if showing.hosts:
        data["hosts"] = showing.hosts
    if random.random() < 0.85:
        data["trafficRatio"] = round(showing.traffic * random.lognormvariate(0, 0.18), 2)
    running = showing.service.running.get(environment)
    if running and random.random() < 0.5:
        data["artifactId"] = showing.artifact or running.artifact
    return data


def resolve(world: World, showing: Showing, alert: str, environment: str) -> None:
    """Write down that an alert no longer fires."""
    data = {"environment": {"id": environment}, "service": {"id": showing.service.name}, "rule": _RULES[showing.signal]}
    world.writer.tell("alert.resolved", alert, showing.service.project, data)


def noise(world: World, showing: Showing, environment: str = "production") -> Iterator[float]:
    """Let an alert fire and resolve by itself."""
    yield world.random.uniform(MINUTE, 5 * MINUTE)
    alert = fire(world, showing, environment)
    yield world.random.uniform(3 * MINUTE, 25 * MINUTE)
    resolve(world, showing, alert, environment)
