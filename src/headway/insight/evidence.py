"""What speaks for and against a change being the reason of an incident: one function for each kind of evidence."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.insight import model
from headway.insight.changes import ROLLED_BACK, artifact_of, deployments_of
from headway.insight.commits import known as known_commits
from headway.insight.commits import released_commits
from headway.insight.symptoms import traffic_rose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from headway.insight.changes import Change
    from headway.insight.graph import Dependencies
    from headway.insight.history import History
    from headway.insight.symptoms import Symptoms
    from headway.kernel.ledger.records import Event

_COMPARED = timedelta(days=60)
_MOST_COMPARED = 40


class Evidence(NamedTuple):
    """One thing that was seen: its stable name, in words with the numbers, and its weight.

    The weight is the natural logarithm of a factor: above 0 speaks for the hypothesis, below 0 against it.
    """

    name: str
    words: str
    weight: float


class Scene(NamedTuple):
    """What all suspects of one incident are weighed against."""

    history: History
    symptoms: Symptoms
    dependencies: Dependencies


def weigh(scene: Scene, change: Change) -> tuple[Evidence, ...]:
    """Return all evidence on a change; the sum of its weights is the logarithm of the change's rate."""
    pieces = [_prior(change), _delay(scene, change), _place(scene, change), *_further_places(scene, change)]
    if sum(piece.weight for piece in pieces) < _HOPELESS:
        return tuple(pieces)
    for examine in _EXAMINATIONS:
        pieces += examine(scene, change)
    return tuple(pieces)


_HOPELESS = math.log(1e-9)
"""Below this nothing that is looked at later can make a suspect of a change."""


def outside_evidence(scene: Scene) -> tuple[Evidence, ...]:
    """Return all evidence on the hypothesis that the reason is nothing in the ledger."""
    seen = scene.symptoms
    hours = 30 * 24
    rate = model.OUTSIDE_PER_HOUR + seen.recurrences / hours
    words = f"a service has {rate * hours:.2g} incidents in 30 days that no change caused"
    if seen.recurrences:
        words = f"the same rule fired {seen.recurrences} times in the 30 days before"
    pieces = [_piece("prior", words, rate)]
    pieces += _kind_of_trouble(seen, "outside")
    if _is_foreign(scene):
        words = f"the failing calls go to {seen.peer}, which is nothing of ours"
        pieces.append(_piece("peer", words, model.PEER_OUTSIDE))
    apart = sum(scene.dependencies.distance(other, seen.services[0]) is None for other in seen.services[1:])
    if apart:
        words = f"{apart} of the other affected services do not need the first"
        pieces.append(_piece("places", words, model.APART_OUTSIDE))
    pieces += _traffic(scene, None)
    pieces.append(_hosts_outside(seen))
    return tuple(pieces)


def span(duration: timedelta) -> str:
    """Return a duration in words, e.g. ``3 h 20 min``."""
    minutes = round(abs(duration).total_seconds() / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _piece(name: str, words: str, factor: float) -> Evidence:
    return Evidence(name, words, math.log(factor) if factor > 0 else -math.inf)


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (" …" if len(names) > 3 else "")


def _prior(change: Change) -> Evidence:
    share = model.PRIOR[model.cause_of(change.kind)]
    words = f"{share:.1%} of changes of this kind cause an incident"
    if change.kind == "deployment":
        share *= min(model.LARGEST_SIZE_FACTOR, 1 - model.SIZE_STEP + model.SIZE_STEP * (change.size - 1))
        words = f"{share:.1%} of deployments of {change.size} commit{'s' * (change.size != 1)} cause an incident"
    return _piece("prior", words, share)


def _delay(scene: Scene, change: Change) -> Evidence:
    seen = scene.symptoms
    delay = seen.first - change.began
    density = model.density(model.cause_of(change.kind), delay, filling=seen.signal == "saturation")
    side = "after" if delay >= timedelta(0) else "before"
    words = f"the first symptom showed {span(delay)} {side} the {change.kind} began"
    worked = seen.last_succeeded
    if worked and worked < seen.first and density:
        if change.began >= worked - model.CLOCK_SKEW:
            pause = min(max(seen.first - worked, timedelta(minutes=15)), model.OUTAGE)
            density = max(density, model.NEXT_TIME / (pause / timedelta(hours=1)))
            words += f"; what fails had worked {span(change.began - worked)} before that"
        else:
            density *= model.WORKED_SINCE
            words += f", and what fails still worked {span(worked - change.began)} after it"
    return _piece("delay", words, density)


def _place(scene: Scene, change: Change) -> Evidence:
    affected = scene.symptoms.services[0] if scene.symptoms.services else ""
    likelihood, words = _likelihood_of_place(scene, change, affected)
    return _piece("place", words, likelihood)


def _likelihood_of_place(scene: Scene, change: Change, affected: str) -> tuple[float, str]:
    """Return how likely an effect of the change shows first in a service, and why."""
    if not affected:
        return model.UNRELATED, "no service is named"
    graph = scene.dependencies
    options: list[tuple[float, str]] = [(model.UNRELATED, f"{_bare(affected)} does not need what was changed")]
    for service in change.services:
        distance = graph.distance(affected, service)
        if distance == 0:
            options.append(
                (model.OWN_SERVICE / len(change.services), f"it shows in {_bare(service)}, which was changed")
            )
        elif distance is not None:
            share = model.NEEDED[distance] / max(1, graph.dependents(service))
            options.append((share, f"{_bare(affected)} needs {_bare(service)}, which was changed"))
        elif graph.distance(service, affected, most=1):
            options.append((model.CALLER, f"{_bare(service)}, which was changed, calls {_bare(affected)}"))
    reach = max(1, sum(graph.dependents(thing) for thing in change.touched))
    for thing in change.touched:
        distance = graph.distance(affected, thing)
        if distance is not None:
            share = model.SHARED[distance] / reach
            options.append((share, f"{_bare(affected)} needs {thing}, which was changed"))
    return max(options)


def _bare(subject: str) -> str:
    return subject.partition(":")[2]


def _further_places(scene: Scene, change: Change) -> Iterator[Evidence]:
    others = scene.symptoms.services[1:]
    if not others:
        return
    names = (*change.services, *change.touched)
    reached = [other for other in others if any(scene.dependencies.distance(other, name) is not None for name in names)]
    factor = model.ALSO_EXPLAINED ** len(reached) * model.NOT_EXPLAINED ** (len(others) - len(reached))
    yield _piece("places", f"it explains {len(reached)} of {len(others)} other affected services", factor)


def _kind_of_trouble(seen: Symptoms, cause: model.Cause, *, calls: bool = False) -> Iterator[Evidence]:
    """Yield what the signal, the class of the error and the resource that ran short say of a cause.

    ``calls``: it shows in a service that only needs what was changed.
    """
    if seen.signal in model.SIGNALS:
        likelihood = model.likelihood(model.SIGNALS[seen.signal], cause)
        yield _piece("signal", f"it shows in {seen.signal}", likelihood)
    if seen.error:
        family = model.family(seen.error)
        likelihood = model.ERRORS_OF_CALLERS[family] if calls else model.likelihood(model.ERRORS[family], cause)
        yield _piece("error", f"its error is {seen.error} ({family})", likelihood)
    if seen.resource in model.RESOURCES:
        likelihood = model.likelihood(model.RESOURCES[seen.resource], cause)
        yield _piece("resource", f"what runs short is {seen.resource}", likelihood)


def _trouble(scene: Scene, change: Change) -> Iterator[Evidence]:
    calls = change.kind == "deployment" and not _is_of(change, scene.symptoms.services[:1])
    return _kind_of_trouble(scene.symptoms, model.cause_of(change.kind), calls=calls)


def _rising(scene: Scene, change: Change) -> Iterator[Evidence]:
    since = scene.symptoms.rising_since
    if since is None:
        return
    apart = since - change.began
    if abs(apart) <= model.RISING_WITHIN:
        words = f"what runs short was rising since {span(apart)} from when the {change.kind} began"
        yield _piece("rising", words, model.RISING_SINCE / model.RISING_SINCE_OTHERWISE)
    else:
        factor = (1 - model.RISING_SINCE) / (1 - model.RISING_SINCE_OTHERWISE)
        yield _piece("rising", "what runs short did not begin to rise with it", factor)


def _signature(scene: Scene, change: Change) -> Iterator[Evidence]:
    first = scene.symptoms.first_seen
    if first is None:
        return
    if first >= change.began - model.CLOCK_SKEW:
        factor = model.NEW_SIGNATURE / model.NEW_SIGNATURE_OTHERWISE
        yield _piece("signature", "its error was first seen after the change", factor)
    else:
        factor = (1 - model.NEW_SIGNATURE) / (1 - model.NEW_SIGNATURE_OTHERWISE)
        yield _piece("signature", f"its error was seen {span(change.began - first)} before the change", factor)


def _stack(scene: Scene, change: Change) -> Iterator[Evidence]:
    files = traced_files(scene, change)
    if not files or change.kind != "deployment" or not change.commits:
        return
    touched = touched_files(scene.history, change)
    if not touched:
        return  # nobody told which files its commits touch
    usual = usual_shares(scene, change, files)
    factor = stack_factor(usual, touched)
    if matched := touched.intersection(files):
        rarest = min(usual[name] for name in matched)
        words = f"it touched {_list(matched)} of the stack trace, as {rarest:.0%} of deployments would"
        yield _piece("stack", words, factor)
    else:
        yield _piece("stack", "it touched no file of the stack trace", factor)


def stack_factor(usual: Mapping[str, float], touched: frozenset[str]) -> float:
    """Return how much likelier the touched files are if the fault is in one of the files of the stack trace.

    ``usual`` is how often other changes touch each file of the stack trace, the innermost first. If the fault is in
    one of them, likelier in an inner one, that one is touched for certain, which usually happens only so often.
    """
    weights = [1 / place for place in range(1, len(usual) + 1)]
    weighed = zip(weights, usual.items(), strict=True)
    factor = sum(weight / share for weight, (name, share) in weighed if name in touched) / sum(weights)
    return 1 - model.STACK_MATCH + model.STACK_MATCH * factor


def traced_files(scene: Scene, change: Change) -> tuple[str, ...]:
    """Return the files of the stack traces of the services that a change is of, the innermost first."""
    return tuple(name for service in change.services for name in scene.symptoms.files.get(service, ()))


def touched_files(history: History, change: Change) -> frozenset[str]:
    """Return the files that the commits of a change touch."""
    return frozenset(name for commit in known_commits(history, change.commits) for name in commit.files)


def usual_shares(scene: Scene, change: Change, files: Sequence[str]) -> dict[str, float]:
    """Return how often earlier deployments of the service touched each file (with half a deployment more that did)."""
    history, service = scene.history, change.services[0] if change.services else ""
    events = deployments_of(history, service, change.environment, change.began - _COMPARED, change.began)
    others = [found for event in events[-_MOST_COMPARED:] if (found := _files_of(history, event))]
    return {name: (sum(name in other for other in others) + 0.5) / (len(others) + 2) for name in files}


def _files_of(history: History, event: Event) -> frozenset[str]:
    artifact, before = (artifact_of(event.data.get(key)) for key in ("artifactId", "previousArtifactId"))
    commits = released_commits(history, str(event.data.get("deployment", "")), artifact, before)
    return frozenset(name for commit in known_commits(history, commits) for name in commit.files)


def _mention(scene: Scene, change: Change) -> Iterator[Evidence]:
    message = scene.symptoms.message
    if not message or not change.names:
        return
    named = frozenset(name for name in change.names if name in message)
    if named:
        factor = model.MENTIONED / model.MENTIONED_OTHERWISE
        yield _piece("mention", f"the error names {_list(named)}, which was changed", factor)
    else:
        factor = (1 - model.MENTIONED) / (1 - model.MENTIONED_OTHERWISE)
        yield _piece("mention", "the error names nothing that was changed", factor)


def _peer(scene: Scene, change: Change) -> Iterator[Evidence]:
    peer = scene.symptoms.peer
    if not peer:
        if scene.symptoms.signal in ("errors", "latency") and not _is_of(change, scene.symptoms.services[:1]):
            yield _piece("peer", "no failing call leads to what was changed", model.NO_PEER)
    elif _is_foreign(scene):
        yield _piece("peer", f"the failing calls go to {peer}, which is nothing of ours", model.PEER_OTHERWISE)
    elif any(
        scene.dependencies.distance(place, name) is not None
        for place in _places(peer)
        for name in (*change.services, *change.touched)
    ):
        yield _piece("peer", f"the failing calls go to {peer}, which is or needs it", model.PEER_NEEDED)
    else:
        yield _piece("peer", f"the failing calls go to {peer}, which does not need it", model.PEER_OWN)


def _is_of(change: Change, services: Sequence[str]) -> bool:
    """Whether a change is of one of the services or of hosts, so that no call needs to fail for it to show."""
    return bool(set(change.services) & set(services)) or any(name.startswith("host:") for name in change.touched)


def _is_foreign(scene: Scene) -> bool:
    """Whether the failing calls go to something that no dependency leads to."""
    peer = scene.symptoms.peer
    return bool(peer) and not any(scene.dependencies.knows(place) for place in _places(peer))


def _places(peer: str) -> tuple[str, ...]:
    """Return what the name that a call went to may be of."""
    return f"service:{peer}", f"infrastructure:{peer}", f"host:{peer}"


def _traffic(scene: Scene, change: Change | None) -> Iterator[Evidence]:
    """Yield what the number of requests says of a change, or of what is outside the ledger."""
    ratio = scene.symptoms.traffic
    if ratio is not None:
        risen, steady = model.TRAFFIC if change else model.TRAFFIC_OUTSIDE
        words = f"there are {ratio:.1f} times the requests of a week before"
        yield _piece("traffic", words, risen if ratio >= model.RISEN else steady)
    if _traffic_rose(scene):
        factor = model.TRAFFIC_ALERT if change else model.TRAFFIC_ALERT_OUTSIDE
        yield _piece("traffic-alert", "an alert says that requests rise", factor)


def _traffic_rose(scene: Scene) -> bool:
    """Whether requests rose to an affected service or to one that calls it."""
    affected = scene.symptoms.services
    callers = (caller for service in affected for caller in scene.dependencies.needed_by(service))
    return traffic_rose(scene.history, scene.symptoms, (*affected, *callers))


def _hosts(scene: Scene, change: Change) -> Iterator[Evidence]:
    hosts = scene.symptoms.hosts
    changed = {name for name in change.touched if name.startswith("host:")}
    if not hosts:
        if changed:
            yield _piece("hosts", "it shows everywhere", model.EVERYWHERE)
    elif hosts <= changed:
        yield _piece("hosts", f"it shows on {_list(hosts)} only, which was changed", model.SAME_HOSTS)
    else:
        yield _piece("hosts", f"it shows on {_list(hosts)} only", model.OTHER_HOSTS)


def _hosts_outside(seen: Symptoms) -> Evidence:
    if seen.hosts:
        return _piece("hosts", f"it shows on {_list(seen.hosts)} only", model.HOSTS_OUTSIDE)
    return _piece("hosts", "it shows everywhere", 1 - model.HOSTS_OUTSIDE)


def _artifact(scene: Scene, change: Change) -> Iterator[Evidence]:
    artifacts = {name if name.startswith("artifact:") else f"artifact:{name}" for name in scene.symptoms.artifacts}
    if not artifacts or change.kind != "deployment" or change.services[:1] != scene.symptoms.services[:1]:
        return
    if change.artifact in artifacts:
        yield _piece("artifact", "it shows where its version runs", model.RUNS_THERE)
    elif change.before in artifacts:
        yield _piece("artifact", "it shows where the version before it runs", model.RUNS_NOT_THERE)


def _effect(scene: Scene, change: Change) -> Iterator[Evidence]:
    if change.size == 0:
        yield _piece("effect", "it found nothing to change", model.NOTHING_CHANGED)
    elif change.outcome in ("error", "cancel"):
        yield _piece("effect", "it ended before it changed anything", model.NOTHING_CHANGED)


def _taken_back(scene: Scene, change: Change) -> Iterator[Evidence]:
    """A version that no longer runs causes nothing. What happened after the first symptom says nothing here."""
    gone = _gone(scene, change)
    if gone is not None and gone < scene.symptoms.first - model.CLOCK_SKEW:
        words = f"it was taken back {span(scene.symptoms.first - gone)} before the first symptom"
        yield _piece("taken-back", words, model.TAKEN_BACK)


def _gone(scene: Scene, change: Change) -> datetime | None:
    """Return when a deployment was taken back: it failed, or its service went back from its artifact."""
    if change.kind != "deployment" or not change.services:
        return None
    if change.outcome == "failure":
        return change.ended
    first = scene.symptoms.first
    later = deployments_of(scene.history, change.services[0], change.environment, change.began, first)
    return next(
        (
            event.time
            for event in later
            if event.type == ROLLED_BACK and artifact_of(event.data.get("previousArtifactId")) == change.artifact
        ),
        None,
    )


_EXAMINATIONS = (
    _trouble,
    _rising,
    _signature,
    _stack,
    _mention,
    _peer,
    _traffic,
    _hosts,
    _artifact,
    _effect,
    _taken_back,
)
