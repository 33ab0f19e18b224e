"""Who and what there is: people, services with what they need, and how much of everything there has been."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from random import Random

    from bench.team_life.simulation import Simulation
    from bench.team_life.writing import Writer

NAMES = (
    "web api checkout payments accounts catalogue search orders stock shipping pricing reports notifications reviews "
    "media invoices gateway sessions loyalty billing"
).split()
FIRST_NAMES = "ada linus grace dennis barbara ken margaret bjarne radia guido frances donald katherine edsger".split()
PARTS = "api models handlers client worker cache templates jobs settings validation storage queue auth tasks".split()
THIRD_PARTIES = ("api.cards.example", "mail.post.example", "maps.geo.example", "idp.login.example")
PROVIDER = "storage.cloud.example"
ZONES = (-5.0, 0.0, 1.0, 1.0, 2.0, 5.5)


class Answer(NamedTuple):
    """Why an incident happened. ``culprit`` and ``commit`` are empty when nothing in the ledger is the reason."""

    incident: str
    scenario: str
    culprit: str
    commit: str
    onset: float


class Person(NamedTuple):
    """Somebody in the team: hours ahead of UTC, and the services they work on."""

    subject: str
    zone: float
    services: tuple[Service, ...]


class Defect(NamedTuple):
    """What is wrong with a commit: how it shows, and the file it is in."""

    style: str
    commit: str
    file: str


class Commit(NamedTuple):
    """A commit of a service, with what may be wrong with it."""

    subject: str
    files: tuple[str, ...]
    defect: Defect | None
    parents: int = 1


class Release(NamedTuple):
    """A release: its place among those of its service, and what it holds since the one before."""

    subject: str
    number: int
    artifact: str
    commits: tuple[Commit, ...]


class Service:
    """A service, its project, and what has become of it."""

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.subject = f"service:{name}"
        self.project = f"acme/{name}"
        self.needs: list[Service] = []
        self.needed_by: list[Service] = []
        self.things: list[str] = []
        self.hosts = [f"host:{name}-{number}" for number in (1, 2, 3)]
        self.files = [f"{name}/{part}/{PARTS[random.randrange(len(PARTS))]}{n}.py" for part in PARTS for n in range(8)]
        random.shuffle(self.files)
        self.signatures = [f"{random.getrandbits(48):012x}" for _ in range(6)]
        self.canary = random.random() < 0.4
        self.continuous = random.random() < 0.6
        self.third_party = random.choice(THIRD_PARTIES) if random.random() < 0.5 else ""
        self.numbers = 0
        self.unreleased: list[Commit] = []
        self.releases: list[Release] = []
        self.released = 0
        self.running: dict[str, Release] = {}
        self.busy = False
        self.incident = ""
        self.fixed: set[str] = set()

    def number(self) -> int:
        """Return the next number of an issue or change request."""
        self.numbers += 1
        return self.numbers


class World(NamedTuple):
    """Everything that the processes share."""

    simulation: Simulation
    random: Random
    writer: Writer
    services: list[Service]
    people: list[Person]
    stacks: list[str]
    answers: list[Answer]
    counts: Counter[str]
    manifest: Callable[[World, Service, str, str, Defect], Iterator[float]]
    """What a defect leads to once a deployment has brought it to production with an artifact."""

    def next(self, kind: str) -> int:
        """Return the next number of a kind of thing."""
        self.counts[kind] += 1
        return self.counts[kind]

    @property
    def now(self) -> float:
        """The simulated time, in seconds since 1970."""
        return self.simulation.now


def make_services(random: Random, count: int) -> list[Service]:
    """Return services, each of which needs one to three of those behind it."""
    names = [name if turn == 0 else f"{name}{turn + 1}" for turn in range(count // len(NAMES) + 1) for name in NAMES]
    services = [Service(name, random) for name in names[:count]]
    for place, service in enumerate(services):
        behind = services[place + 1 : place + 7]
        for needed in random.sample(behind, min(len(behind), random.choice((1, 2, 2, 3)))):
            service.needs.append(needed)
            needed.needed_by.append(service)
    return services


def make_stacks(random: Random, services: list[Service]) -> list[str]:
    """Return stacks of infrastructure; all services need the network, and some of them each of the others."""
    stacks = ["infrastructure:network"] + [f"infrastructure:database{n + 1}" for n in range(max(1, len(services) // 4))]
    stacks += ["infrastructure:queue"]
    for service in services:
        service.things = ["infrastructure:network", random.choice(stacks[1:])]
    return stacks


def make_people(random: Random, count: int, services: list[Service]) -> list[Person]:
    """Return people in several time zones, each with one to three services of their own."""
    names = [f"{FIRST_NAMES[n % len(FIRST_NAMES)]}{n // len(FIRST_NAMES) or ''}" for n in range(count)]
    return [
        Person(
            f"person:{name}",
            random.choice(ZONES),
            tuple(random.sample(services, min(len(services), random.choice((1, 2, 3))))),
        )
        for name in names
    ]


def some_files(random: Random, service: Service, count: int) -> tuple[str, ...]:
    """Return some of a service's files; the first ones of its list are changed often, the last ones hardly ever."""
    last = len(service.files)
    return tuple(dict.fromkeys(service.files[int(last * random.random() ** 2)] for _ in range(count)))
