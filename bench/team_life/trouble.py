"""What goes wrong and how it shows: defects, noise, and what no change is the reason of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bench.team_life.alerting import Showing, noise
from bench.team_life.incidents import handle
from bench.team_life.simulation import DAY, HOUR, MINUTE, until_work
from bench.team_life.world import PROVIDER, THIRD_PARTIES, Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.team_life.world import Defect, Service, World


class Cause(NamedTuple):
    """The reason of an incident, which only the generator knows. ``culprit`` is empty for what no change caused."""

    scenario: str
    culprit: str
    signal: str
    commit: str = ""
    file: str = ""
    host: str = ""
    peer: str = ""
    origin: Service | None = None
    also: tuple[Service, ...] = ()
    named: str = ""
    artifact: str = ""
    began: float = 0.0


_SIGNALS = {"crash": "errors", "slow": "latency", "leak": "saturation", "nightly": "errors", "callers": "errors"}


def manifest(world: World, service: Service, deployment: str, artifact: str, defect: Defect) -> Iterator[float]:
    """Let a defect that came to production show itself: at once, hours later, at night, or in who calls the service."""
    random, began = world.random, world.now
    yield _onset(world, defect.style)
    if defect.commit in service.fixed:
        return
    shows = service
    if service.needed_by and (defect.style == "callers" or random.random() < 0.12):
        shows = random.choice(service.needed_by)
        if shows.needed_by and random.random() < 0.15:
            shows = random.choice(shows.needed_by)
    scenario = f"deployment-{defect.style}" if shows is service else "deployment-dependency"
    cause = Cause(
        scenario,
        deployment,
        _SIGNALS[defect.style],
        defect.commit,
        defect.file,
        origin=service,
        artifact=artifact,
        began=began,
    )
    yield from strike(world, shows, cause)


def _onset(world: World, style: str) -> float:
    random = world.random
    if style == "leak":
        return min(2.5 * DAY, random.lognormvariate(2.2, 0.8) * HOUR)
    if style == "nightly":
        return DAY - (world.now - 2 * HOUR) % DAY + random.uniform(0, 20 * MINUTE)
    mean = {"crash": 5 * MINUTE, "slow": 35 * MINUTE, "callers": 12 * MINUTE}[style]
    return random.expovariate(1 / mean)


def strike(world: World, service: Service, cause: Cause) -> Iterator[float]:
    """Let something be wrong with a service: alerts, an incident, and its end. One incident of a service at a time."""
    owner = cause.origin or service
    if service.incident or owner.incident:
        return
    number = world.next("incident")
    subject = f"incident:{number}"
    service.incident = owner.incident = subject
    world.answers.append(Answer(subject, cause.scenario, cause.culprit, cause.commit, world.now))
    yield from handle(world, service, subject, _showings(world, service, cause), cause.culprit, owner)
    if cause.commit:
        owner.fixed.add(cause.commit)
    service.incident = owner.incident = ""


def _showings(world: World, service: Service, cause: Cause) -> list[Showing]:
    """Return how it shows: in the service first, then in some of those that need it."""
    random = world.random
    fresh = f"{random.getrandbits(48):012x}" if random.random() < _share_of_new(cause) else ""
    peer = _peer(world, service, cause)
    own = cause.origin in (None, service)
    file = cause.file if own and random.random() < 0.85 else ""
    traced = {"errors": 0.85 if cause.file else 0.4, "latency": 0.45}.get(cause.signal, 0.0)
    stack = random.random() < traced
    hosts = [cause.host] if cause.host and random.random() < 0.85 else []
    named = cause.named if random.random() < 0.5 else ""
    artifact = cause.artifact if own else ""
    showings = [
        Showing(
            service,
            world.now,
            cause.signal,
            fresh,
            stack,
            file,
            peer,
            hosts,
            *_kinds(cause.scenario),
            _at_night(world),
            named,
            artifact,
            random.lognormvariate(0.7, 0.3) if cause.scenario == "surge" else 1.0,
            cause.began if random.random() < 0.85 else 0.0,
        )
    ]
    others = [*cause.also, *(other for other in service.needed_by if random.random() < 0.25)]
    for other in dict.fromkeys(others):
        if other is service:
            continue
        called = service.name if other in service.needed_by and random.random() < 0.5 else ""
        delay = random.uniform(MINUTE, 12 * MINUTE)
        signal = random.choice(("errors", "latency"))
        showings.append(Showing(other, world.now + delay, signal, "", random.random() < 0.2, "", called, []))
    return showings


_ERRORS = {
    "deployment-dependency": "exception exception timeout timeout connection authentication",
    "configuration": "exception exception exception timeout timeout timeout connection connection authentication",
    "host-configuration": "exception connection connection timeout certificate",
    "infrastructure": "timeout timeout timeout connection connection connection connection exception authentication",
    "secret": "authentication authentication authentication authentication authentication exception connection",
    "third-party": "timeout timeout timeout timeout connection connection exception exception authentication",
    "surge": "timeout timeout timeout exhaustion connection",
    "certificate": "certificate certificate certificate certificate connection",
    "host": "connection connection timeout exhaustion",
    "provider": "timeout connection",
    "data": "exception exception exception exception exception timeout",
}
_OF_CODE = "exception exception exception exception exception exception timeout connection authentication exhaustion"
_RESOURCES = {
    "deployment-leak": "memory memory memory memory connections disk",
    "surge": "cpu cpu cpu connections memory",
    "host": "disk disk cpu memory",
}


def _kinds(scenario: str) -> tuple[str, str]:
    """Return the families of errors, and the resources, in which a scenario shows."""
    return _ERRORS.get(scenario, _OF_CODE), _RESOURCES.get(scenario, "memory memory cpu connections disk")


def _at_night(world: World) -> bool:
    return 2 * HOUR <= world.now % DAY < 2.5 * HOUR


def _share_of_new(cause: Cause) -> float:
    """Return how often the error that it shows in was never seen before."""
    if cause.culprit:
        return 0.92
    return {"third-party": 0.4, "surge": 0.25, "certificate": 0.95, "host": 0.4, "provider": 0.3, "data": 0.9}.get(
        cause.scenario, 0.5
    )


def _peer(world: World, service: Service, cause: Cause) -> str:
    """Return what the failing calls go to, if the traces tell."""
    if cause.peer:
        return cause.peer if world.random.random() < 0.75 else ""
    if cause.origin in (None, service):
        return ""
    direct = next((needed for needed in service.needs if needed is cause.origin or cause.origin in needed.needs), None)
    return direct.name if direct and world.random.random() < 0.7 else ""


def misfortunes(world: World) -> Iterator[float]:
    """Let things go wrong that no change is the reason of, day and night."""
    random = world.random
    while True:
        yield random.expovariate(len(world.services) * 0.85 / (30 * DAY))
        kind = random.choices(
            ("third-party", "surge", "certificate", "host", "provider", "data"), (0.3, 0.7, 0.07, 0.16, 0.1, 0.08)
        )[0]
        if kind == "surge" and until_work(world.now, 1.0):
            continue  # what people do at night is no rush
        service = random.choice(world.services)
        world.simulation.start(_misfortune(world, service, kind))


def _misfortune(world: World, service: Service, kind: str) -> Iterator[float]:
    random = world.random
    if kind == "third-party":
        peer = service.third_party or random.choice(THIRD_PARTIES)
        yield from strike(world, service, Cause(kind, "", random.choice(("errors", "errors", "latency")), peer=peer))
    elif kind == "surge":
        if random.random() < 0.65:
            where = random.choice([service, *service.needed_by])
            rise = Showing(where, world.now, "traffic", "", False, "", "", [])
            world.simulation.start(noise(world, rise), random.uniform(0, 4 * MINUTE))
        yield random.uniform(0, 10 * MINUTE)
        yield from strike(world, service, Cause(kind, "", random.choice(("saturation", "latency", "errors"))))
    elif kind == "host":
        host = random.choice(service.hosts)
        yield from strike(world, service, Cause(kind, "", random.choice(("errors", "saturation")), host=host))
    elif kind == "provider":
        others = tuple(random.sample(world.services, min(len(world.services), 3)))
        yield from strike(
            world, service, Cause(kind, "", random.choice(("latency", "errors")), also=others, peer=PROVIDER)
        )
    elif kind == "data":
        file = service.files[random.randrange(len(service.files))]
        yield from strike(world, service, Cause(kind, "", "errors", file=file))
    else:
        yield from strike(world, service, Cause(kind, "", "errors"))


def noises(world: World) -> Iterator[float]:
    """Let alerts fire that mean nothing and resolve by themselves."""
    random = world.random
    while True:
        yield random.expovariate(len(world.services) * 0.4 / DAY)
        service = random.choice(world.services)
        signal = random.choices(("latency", "saturation", "errors", "traffic"), (0.45, 0.25, 0.25, 0.05))[0]
        fresh = f"{random.getrandbits(48):012x}" if random.random() < 0.15 else ""
        showing = Showing(service, world.now, signal, fresh, random.random() < 0.2, "", "", [])
        world.simulation.start(noise(world, showing, random.choice(("production", "production", "staging"))))
