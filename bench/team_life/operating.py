"""What operations change besides deployments: configuration, infrastructure, secrets, policies; some is a culprit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.team_life.coding import tell_push
from bench.team_life.simulation import DAY, HOUR, MINUTE, until_work
from bench.team_life.trouble import Cause, strike
from bench.team_life.world import Commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.team_life.world import Service, World

SETTINGS = "timeout pool limit flag log".split()
RESOURCES = "gateway rule primary replica subnet".split()
ENVIRONMENTS = ("production", "production", "staging")


def operate(world: World) -> Iterator[Iterator[float]]:
    """Yield the processes of everything that is operated."""
    count = len(world.services)
    yield _again(world, 4.0 * DAY / count, _configure_service)
    yield _again(world, 6.0 * DAY, _configure_hosts)
    yield _again(world, 2.5 * DAY / len(world.stacks), _apply_infrastructure)
    yield _again(world, 30.0 * DAY / count, _rotate_secret)
    yield _again(world, 12.0 * DAY, _change_policy)


def _again(world: World, mean: float, act: Callable[[World], None]) -> Iterator[float]:
    """Do something again and again, in working hours (somebody's), at random intervals."""
    while True:
        yield world.random.expovariate(1 / mean) * 0.4  # evenings and weekends take the rest
        yield until_work(world.now, world.random.choice(world.people).zone)
        act(world)


def _commit(world: World, service: Service | None, project: str, file: str) -> str:
    """Push the change that is about to be applied, and return its commit."""
    subject = f"commit:{project}@{world.random.getrandbits(160):040x}"
    if service:
        tell_push(world, _somebody(world), service, "main", [Commit(subject, (file,), None)])
    return subject


def _somebody(world: World) -> str:
    return world.random.choice(world.people).subject


def _configure_service(world: World) -> None:
    random = world.random
    service, environment = random.choice(world.services), random.choice(ENVIRONMENTS)
    subject = f"configuration:{service.project}/{world.next('configuration')}"
    changed = 0 if random.random() < 0.15 else random.choice((1, 1, 2, 5))
    data = {
        "environment": {"id": environment},
        "service": {"id": service.name},
        "summary": f"Configure {service.name}",
        "changed": changed,
        "outcome": "success",
        "settings": [name := f"{service.name}.{random.choice(SETTINGS)}{random.randrange(20)}"],
        "commits": [_commit(world, service, service.project, f"{service.name}/deploy/settings.yaml")],
    }
    world.writer.tell("configuration.applied", subject, service.project, data, actor=_somebody(world))
    if environment == "production" and changed and random.random() < 0.08:
        onset = _onset(world, ((0.6, 10 * MINUTE), (0.3, 1.2 * HOUR), (0.1, 12 * HOUR)))
        signal = random.choice(("errors", "errors", "errors", "latency", "latency", "saturation"))
        world.simulation.start(
            strike(world, service, Cause("configuration", subject, signal, named=name, began=world.now)), onset
        )


def _configure_hosts(world: World) -> None:
    random = world.random
    services = random.sample(world.services, random.randint(1, max(1, len(world.services) // 2)))
    hosts = [random.choice(service.hosts) if random.random() < 0.5 else service.hosts[0] for service in services]
    subject = f"configuration:acme/hosts/{world.next('configuration')}"
    data = {
        "environment": {"id": "production"},
        "hosts": hosts,
        "summary": "Bring hosts up to date",
        "changed": len(hosts),
        "outcome": "success",
    }
    world.writer.tell("configuration.applied", subject, "acme/hosts", data, actor=_somebody(world))
    if random.random() < 0.08:
        place = random.randrange(len(hosts))
        onset = _onset(world, ((0.7, 12 * MINUTE), (0.3, 2 * HOUR)))
        cause = Cause("host-configuration", subject, random.choice(("errors", "saturation")), host=hosts[place])
        world.simulation.start(strike(world, services[place], cause), onset)


def _apply_infrastructure(world: World) -> None:
    random = world.random
    stack, environment = random.choice(world.stacks), random.choice(ENVIRONMENTS)
    subject, name = f"plan:{world.next('plan')}", stack.partition(":")[2]
    changed = 0 if random.random() < 0.2 else random.choice((1, 2, 3, 8))
    data = {
        "environment": {"id": environment},
        "stack": {"id": stack},
        "summary": f"Apply {name}",
        "resources": [resource := f"{name}.{random.choice(RESOURCES)}"],
        "changed": changed,
        "outcome": "success",
    }
    links = [(f"run:{world.next('run')}", "produced", subject)]
    world.writer.tell("infrastructure.applied", subject, "acme/infrastructure", data, *links, actor=_somebody(world))
    reached = [service for service in world.services if stack in service.things]
    if environment == "production" and changed and reached and random.random() < 0.07:
        onset = _onset(world, ((0.7, 10 * MINUTE), (0.25, 1.2 * HOUR), (0.05, 16 * HOUR)))
        others = [service for service in reached if random.random() < 0.35][:4]
        peer = "" if name == "network" else name
        signal = random.choice(("errors", "errors", "latency"))
        cause = Cause("infrastructure", subject, signal, also=tuple(others), peer=peer, named=resource)
        world.simulation.start(strike(world, random.choice(reached), cause), onset)


def _rotate_secret(world: World) -> None:
    random = world.random
    service = random.choice(world.services)
    subject = f"secret:{service.project}/TOKEN{world.next('secret')}"
    data = {"environment": {"id": "production"}, "services": [{"id": service.name}], "summary": "Rotate a token"}
    world.writer.tell("secret.changed", subject, service.project, data, actor=_somebody(world))
    if random.random() < 0.07:
        onset = _onset(world, ((0.7, 12 * MINUTE), (0.3, 4 * HOUR)))
        world.simulation.start(
            strike(world, service, Cause("secret", subject, "errors", named=subject.rpartition("/")[2])), onset
        )


def _change_policy(world: World) -> None:
    subject = f"policy:{world.random.choice(('two-reviews', 'signed-artifacts', 'no-friday-deployments'))}"
    world.writer.tell("policy.changed", subject, "", {"summary": "Change a rule"}, actor=_somebody(world))


def _onset(world: World, mixture: tuple[tuple[float, float], ...]) -> float:
    """Return a delay in seconds from a mixture of exponential distributions, (share, mean)."""
    mean = world.random.choices([mean for _, mean in mixture], [share for share, _ in mixture])[0]
    return 20 + world.random.expovariate(1 / mean)
