"""The lives of many teams as one stream of events, in the order in which a ledger would have received them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from bench.team_life import generate
from headway.kernel.ledger.records import Event, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.team_life.writing import Told
    from headway.kernel.ledger.records import Json

END = datetime(2026, 7, 1, tzinfo=UTC)
SERVICES = 10
PEOPLE = 8


class Team(NamedTuple):
    """A team that has lived for some months, and how what is its own is told from what is others'."""

    number: int
    months: float
    people: Mapping[str, str]
    """The subjects of its people in the generator, and in the installation."""

    @property
    def handle(self) -> str:
        """Its name."""
        return f"team-{self.number}"


def lives(teams: list[Team]) -> Iterator[Told]:
    """Return what happened to all teams; all of their lives end at the same time."""
    return merge(*(_life(team) for team in teams), key=lambda told: told[0].id)


def months_of(number: int, teams: int) -> float:
    """Return how long a team has been there: a few for a year, most for a week or two."""
    return 12.0 if number < teams // 50 else 0.285


def _life(team: Team) -> Iterator[Told]:
    start = END - timedelta(days=team.months * 365.25 / 12)
    told = generate(team.number, start=start, months=team.months, people=PEOPLE, services=SERVICES).told
    for event, links in told:
        own = Event(
            event.id,
            event.type,
            _own(team, event.subject),
            _own(team, event.actor),
            event.project.replace("acme/", f"{team.handle}/"),
            event.time,
            {key: _own_data(team, value) for key, value in event.data.items()},
        )
        yield own, tuple([Link(_own(team, link.source), link.kind, _own(team, link.target)) for link in links])


def _own(team: Team, subject: str) -> str:
    """Return a subject of the generator as one of this team: numbers and names are those of one team there."""
    if subject in team.people:
        return team.people[subject]
    if "acme/" in subject:
        return subject.replace("acme/", f"{team.handle}/")
    kind, _, rest = subject.partition(":")
    return f"{kind}:{team.handle}.{rest}" if rest else subject


def _own_data(team: Team, value: Json) -> Json:
    if isinstance(value, str):
        return value.replace("acme/", f"{team.handle}/")
    if isinstance(value, list):
        return [_own_data(team, each) for each in value]
    if isinstance(value, dict):
        return {key: _own_data(team, each) for key, each in value.items()}
    return value
