"""A ledger to write small stories in: what happens at which minute of one day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headway.insight.history import History
from headway.kernel.ledger.records import Event, Link
from headway.kernel.ledger.types import CDEVENTS, cdevent, own_event

if TYPE_CHECKING:
    from collections.abc import Iterable

MIDNIGHT = datetime(2025, 6, 2, tzinfo=UTC)
PRODUCTION = "environment:production"


def at(minute: float) -> datetime:
    """Return the time of a minute of the day."""
    return MIDNIGHT + timedelta(minutes=minute)


class Book:
    """Events with their links, as they are written down."""

    def __init__(self) -> None:
        self.told: list[tuple[Event, tuple[Link, ...]]] = []

    @property
    def history(self) -> History:
        return History.told(self.told)

    def tell(
        self, minute: float, name: str, subject: str, data: dict[str, object] | None = None, *links: Link
    ) -> Event:
        identifier = UUID(int=(int(at(minute).timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | len(self.told))
        event_type = cdevent(name) if name in CDEVENTS else own_event(name)
        event = Event(identifier, event_type, subject, "person:ada", "acme/shop", at(minute), data or {})
        self.told.append((event, links))
        return event

    def commit(self, minute: float, sha: str, files: Iterable[str] = (), parents: int = 1) -> str:
        """Push a commit and return its subject."""
        push, commit = f"push:{sha}", f"commit:acme/shop@{sha}"
        self.tell(minute, "push.received", push, {}, Link(push, "contains", commit))
        entry = {"id": sha, "title": f"Change {sha}", "files": list(files), "parents": ["p"] * parents}
        self.tell(minute, "commit.recorded", push, {"commits": [entry]}, Link(commit, "requested-by", "person:ada"))
        return commit

    def release(self, minute: float, number: int, commits: Iterable[str], service: str = "shop") -> str:
        """Make a release with an artifact of its own (``artifact:shop-1``)."""
        release, artifact = f"release:acme/{service}/{number}", f"artifact:{service}-{number}"
        commits = list(commits)
        links = [Link(artifact, "released-as", release)]
        links += [Link(release, "contains", commit) for commit in commits]
        links += [Link(artifact, "built-from", commit) for commit in commits[-1:]]
        if number > 1:
            links.append(Link(release, "supersedes", f"release:acme/{service}/{number - 1}"))
        self.tell(minute, "release.created", release, {"version": f"1.{number}.0"}, *links)
        return release

    def start(self, minute: float, number: int, release: int, before: int | None = None, **more: object) -> str:
        """Begin deployment ``number`` of a release; ``service`` and ``environment`` may be given."""
        data = _deployment(number, release, before, more)
        service = str(more.get("service", "shop"))
        link = Link(f"release:acme/{service}/{release}", "deployed-as", f"deployment:{number}")
        self.tell(minute, "deployment.started", f"deployment:{number}", data, link)
        return f"deployment:{number}"

    def finish(self, minute: float, number: int, release: int, before: int | None = None, **more: object) -> None:
        """End it; if it succeeded the service runs in the new version."""
        data = _deployment(number, release, before, more) | {"outcome": more.get("outcome", "success")}
        self.tell(minute, "deployment.finished", f"deployment:{number}", data)
        if data["outcome"] == "success":
            name = "rolledback" if more.get("rollback") else "upgraded" if before else "deployed"
            self.tell(minute, f"service.{name}", f"service:{more.get('service', 'shop')}", data)

    def deploy(self, minute: float, number: int, release: int, before: int | None = None, **more: object) -> str:
        """Begin a deployment and end it five minutes later."""
        subject = self.start(minute, number, release, before, **more)
        self.finish(minute + 5, number, release, before, **more)
        return subject

    def incident(self, minute: float, number: int, service: str = "shop", **alert: object) -> str:
        """Let an alert fire and be an incident two minutes later; ``alert`` is more of the alert's data."""
        place: dict[str, object] = {"environment": {"id": "production"}, "service": {"id": service}}
        self.tell(minute, "alert.fired", f"alert:{number}", {**place, "rule": "Errors", "signal": "errors", **alert})
        link = Link(f"alert:{number}", "caused", f"incident:{number}")
        self.tell(minute + 2, "incident.detected", f"incident:{number}", place, link)
        return f"incident:{number}"

    def resolve(self, minute: float, number: int, *fixes: str) -> None:
        data: dict[str, object] = {"environment": {"id": "production"}}
        links = [Link(f"incident:{number}", "fixed-by", fix) for fix in fixes]
        self.tell(minute, "incident.resolved", f"incident:{number}", data, *links)


def _deployment(number: int, release: int, before: int | None, more: dict[str, object]) -> dict[str, object]:
    service = more.get("service", "shop")
    data: dict[str, object] = {
        "environment": {"id": more.get("environment", "production")},
        "service": {"id": service},
        "artifactId": f"artifact:{service}-{release}",
        "version": f"1.{release}.0",
        "deployment": f"deployment:{number}",
    }
    if before:
        data["previousArtifactId"] = f"artifact:{service}-{before}"
    if more.get("rollback"):
        data["rollback"] = True
    return data
