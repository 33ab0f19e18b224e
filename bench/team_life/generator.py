"""The generator: the processes of a team's life, and the stream of what they leave in the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from bench.team_life.coding import work
from bench.team_life.delivering import first_releases
from bench.team_life.operating import operate
from bench.team_life.simulation import MINUTE, Simulation
from bench.team_life.trouble import manifest, misfortunes, noises
from bench.team_life.world import Answer, World, make_people, make_services, make_stacks
from bench.team_life.writing import Told, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.team_life.world import Service

START = datetime(2025, 1, 6, tzinfo=UTC)


class Life(NamedTuple):
    """A team's life: iterate ``told`` once, then all ``answers`` are there."""

    told: Iterator[Told]
    answers: list[Answer]
    end: datetime


def generate(seed: int, *, start: datetime = START, months: float = 6, people: int = 8, services: int = 10) -> Life:
    """Return the life of a team that a seed makes, always the same for the same arguments.

    ``told`` yields each event with the links that it establishes, in the order in which a ledger would receive them,
    and holds no more than what goes on at the time. Eight people make about 8,000 events a month.
    """
    random = Random(seed)
    simulation = Simulation(start.timestamp())
    made = make_services(random, services)
    world = World(
        simulation,
        random,
        Writer(simulation, random),
        made,
        make_people(random, people, made),
        make_stacks(random, made),
        [],
        Counter(),
        manifest,
    )
    end = start + timedelta(days=months * 365.25 / 12)
    return Life(_stream(world, end.timestamp()), world.answers, end)


def _stream(world: World, end: float) -> Iterator[Told]:
    _tell_catalogue(world)
    for service in world.services:
        world.simulation.start(first_releases(world, service), MINUTE)
    for person in world.people:
        world.simulation.start(work(world, person), 8 * 60 * MINUTE)
    for process in (*operate(world), misfortunes(world), noises(world)):
        world.simulation.start(process, 8 * 60 * MINUTE)
    while True:
        if world.writer.told:
            yield from world.writer.told
            world.writer.told.clear()
        if not world.simulation.step(end):
            return


def _tell_catalogue(world: World) -> None:
    for name in ("staging", "production"):
        world.writer.tell("environment.created", f"environment:{name}", "", {"name": name})
    for service in world.services:
        data = {"name": service.name, "owner": "acme", "uri": f"/{service.project}"}
        world.writer.tell("repository.created", f"project:{service.project}", service.project, data, *_needs(service))


def _needs(service: Service) -> list[tuple[str, str, str]]:
    needed = [*(other.subject for other in service.needs), *service.things, *service.hosts]
    return [(service.subject, "depends-on", name) for name in needed]
