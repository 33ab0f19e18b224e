"""The generated lives: the same for a seed, within the schema of the ledger, and without the answers in them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from bench.team_life import generate
from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import canonical, checked_subject, kind_of
from headway.kernel.ledger.types import is_known

if TYPE_CHECKING:
    from bench.team_life.writing import Told

REQUIRED = {
    "artifact.packaged": "change",
    "incident.detected": "environment",
    "incident.reported": "environment ticketURI",
    "incident.resolved": "environment",
    "pipelinerun.started": "pipelineName uri",
    "repository.created": "name uri",
    "service.deployed": "environment artifactId",
    "service.upgraded": "environment artifactId",
    "service.rolledback": "environment artifactId",
    "ticket.created": "summary creator uri",
    "ticket.closed": "uri resolution",
}
"""What the schemas of CDEvents 0.5.1 require in the content of a subject."""


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return list(generate(7, months=2).told)


def test_the_same_seed_gives_the_same_life_and_another_seed_another(told: list[Told]) -> None:
    assert list(islice(generate(7, months=2).told, 5000)) == told[:5000]
    assert list(islice(generate(8, months=2).told, 5000)) != told[:5000]


def test_a_life_is_a_stream() -> None:
    assert len(list(islice(generate(1, months=1200, people=200, services=40).told, 2000))) == 2000


def test_all_types_kinds_and_subjects_are_those_of_the_ledger(told: list[Told]) -> None:
    assert {event.type for event, _ in told if not is_known(event.type)} == set()
    for event, links in told:
        checked_subject(event.subject)
        assert event.actor == "system" or kind_of(event.actor) == "person"
        for link in links:
            assert link.kind in LINK_KINDS
            assert checked_subject(link.source) != checked_subject(link.target)


def test_every_key_that_cdevents_requires_is_there(told: list[Told]) -> None:
    for event, _ in told:
        for key in REQUIRED.get(event.type.removeprefix("dev.cdevents."), "").split():
            assert event.data.get(key), f"{event.type} has no {key}"


def test_events_have_identifiers_of_their_own_that_ascend(told: list[Told]) -> None:
    identifiers = [event.id for event, _ in told]
    assert identifiers == sorted(set(identifiers))
    assert {identifier.version for identifier in identifiers} == {7}


def test_data_is_json(told: list[Told]) -> None:
    assert max(len(canonical(event.data)) for event, _ in told) < 10_000


def test_no_link_tells_the_reason_of_an_incident_or_alert(told: list[Told]) -> None:
    sources = {
        (kind_of(link.source), kind_of(link.target)) for _, links in told for link in links if link.kind == "caused"
    }
    assert sources == {("alert", "incident")}


def test_life_has_failing_runs_rollbacks_hotfixes_skipped_releases_and_noise(told: list[Told]) -> None:
    types = [event.type.rpartition("-")[2].removeprefix("dev.cdevents.") for event, _ in told]
    assert types.count("service.rolledback") > 3
    outcomes = [event.data.get("outcome") for event, _ in told if event.type == "dev.cdevents.pipelinerun.finished"]
    assert 0.05 < outcomes.count("failure") / len(outcomes) < 0.3
    assert types.count("alert.fired") > 3 * types.count("incident.detected") > 30
