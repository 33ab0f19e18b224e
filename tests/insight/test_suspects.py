"""Which change caused an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.insight.suspects import suspects
from headway.kernel.ledger.records import Link
from tests.insight.book import at

if TYPE_CHECKING:
    from headway.insight.suspects import Answer
    from tests.insight.book import Book

PLACE: dict[str, object] = {"environment": {"id": "production"}, "service": {"id": "shop"}}


def asked(book: Book, incident: str, minute: float = 1400) -> Answer:
    return suspects(book.history, incident, at(minute))


def first(answer: Answer) -> str:
    return answer.suspects[0].change.subject


def test_an_incident_nobody_knows_is_unknown(book: Book) -> None:
    answer = asked(book, "incident:1")
    assert (answer.verdict, answer.suspects, answer.outside.probability) == ("unknown", (), 1.0)


def test_without_changes_it_is_unknown(book: Book) -> None:
    answer = asked(book, book.incident(100, 1))
    assert (answer.verdict, answer.suspects, answer.outside.probability) == ("unknown", (), 1.0)


def test_one_deployment_minutes_before_is_the_suspect_with_the_evidence_in_words(book: Book) -> None:
    book.deploy(90, 1, 1)
    answer = asked(book, book.incident(97, 1))
    assert (answer.verdict, first(answer)) == ("suspect", "deployment:1")
    suspect = answer.suspects[0]
    words = {piece.name: piece.words for piece in suspect.evidence}
    assert words["delay"] == "the first symptom showed 7 min after the deployment began"
    assert words["place"] == "it shows in shop, which was changed"
    assert suspect.score == pytest.approx(sum(piece.weight for piece in suspect.evidence))
    assert suspect.probability + answer.outside.probability == pytest.approx(1)


def test_what_began_after_the_first_symptom_is_no_suspect_but_for_the_skew_of_clocks(book: Book) -> None:
    book.deploy(90, 1, 1)
    incident = book.incident(91, 1, since=at(89).isoformat())
    assert first(asked(book, incident)) == "deployment:1"
    later = book.incident(93, 2, since=at(80).isoformat())
    assert asked(book, later).suspects == ()


def test_a_deployment_four_days_before_is_weaker_than_what_the_ledger_does_not_hold(book: Book) -> None:
    book.deploy(-4 * 1440, 1, 1)
    assert asked(book, book.incident(100, 1)).verdict == "unknown"


def test_the_deployment_of_what_is_needed_is_suspected_before_that_of_a_stranger(book: Book) -> None:
    book.tell(0, "repository.created", "project:acme/shop", {}, Link("service:shop", "depends-on", "service:payments"))
    book.deploy(90, 1, 1, service="payments")
    book.deploy(94, 2, 1, service="reports")
    assert first(asked(book, book.incident(100, 1))) == "deployment:1"


def test_of_two_close_deployments_the_one_that_touched_the_stack_trace_comes_first(book: Book) -> None:
    book.release(1, 1, [book.commit(0, "a1", ["shop/cart.py"])])
    book.release(2, 2, [book.commit(1, "a2", ["shop/mail.py"]), book.commit(1, "a3", ["shop/list.py"])])
    book.deploy(80, 1, 1)
    book.deploy(88, 2, 2, before=1)
    answer = asked(book, book.incident(97, 1, stack=[{"file": "shop/cart.py"}]))
    assert first(answer) == "deployment:1"
    assert "shop/cart.py of the stack trace" in {p.name: p.words for p in answer.suspects[0].evidence}["stack"]


def test_a_deployment_is_narrowed_to_the_commit_that_touched_the_stack_trace_with_its_issue(book: Book) -> None:
    plain, guilty = book.commit(0, "a1", ["shop/mail.py"]), book.commit(0, "a2", ["shop/cart.py"])
    book.tell(1, "change.merged", "change:acme/shop#2", {}, Link("change:acme/shop#2", "contains", guilty))
    book.tell(1, "ticket.closed", "issue:acme/shop#1", {}, Link("change:acme/shop#2", "resolves", "issue:acme/shop#1"))
    merge = book.commit(1, "a3", ["shop/mail.py", "shop/cart.py"], parents=2)
    book.release(2, 1, [plain, guilty, merge])
    book.deploy(80, 1, 1)
    commits = asked(book, book.incident(85, 1, stack=[{"file": "shop/cart.py"}])).suspects[0].commits
    assert commits[0].commit.subject == guilty
    assert (commits[0].commit.author, commits[0].files) == ("person:ada", ("shop/cart.py",))
    assert (commits[0].changes, commits[0].issues) == (("change:acme/shop#2",), ("issue:acme/shop#1",))
    assert sum(commit.share for commit in commits) == pytest.approx(1)


def test_files_that_nobody_told_speak_neither_for_nor_against(book: Book) -> None:
    book.release(1, 1, [book.commit(0, "a1")])
    book.deploy(90, 1, 1)
    evidence = asked(book, book.incident(97, 1, stack=[{"file": "shop/cart.py"}])).suspects[0].evidence
    assert "stack" not in {piece.name for piece in evidence}


def test_an_error_older_than_the_deployment_speaks_against_it(book: Book) -> None:
    book.deploy(90, 1, 1)
    fresh = asked(book, book.incident(97, 1, signature="s1")).suspects[0].probability
    stale = asked(book, book.incident(97, 2, signature="s2", firstSeen=at(-900).isoformat())).suspects[0].probability
    assert stale < fresh


def test_an_error_that_an_earlier_alert_had_is_older_too(book: Book) -> None:
    book.tell(-600, "alert.fired", "alert:9", {**PLACE, "signature": "s1"})
    book.deploy(90, 1, 1)
    seen = asked(book, book.incident(97, 1, signature="s1")).symptoms
    assert seen is not None
    assert seen.first_seen == at(-600)


def test_failing_calls_to_a_third_party_make_it_unknown(book: Book) -> None:
    book.tell(0, "repository.created", "project:acme/shop", {}, Link("service:shop", "depends-on", "service:payments"))
    book.deploy(10, 1, 1)
    known = asked(book, book.incident(97, 1, peer="payments"))
    foreign = asked(book, book.incident(97, 2, peer="api.cards.example"))
    assert foreign.verdict == "unknown"
    assert foreign.outside.probability > known.outside.probability


def test_a_configuration_change_whose_setting_the_error_names_is_the_suspect(book: Book) -> None:
    book.deploy(85, 1, 1)
    data = {**PLACE, "settings": ["shop.pool"], "changed": 1}
    book.tell(90, "configuration.applied", "configuration:7", data)
    assert first(asked(book, book.incident(97, 1, message="shop.pool is not a number"))) == "configuration:7"


def test_an_application_that_changed_nothing_is_hardly_suspected(book: Book) -> None:
    book.deploy(60, 1, 1)
    book.tell(90, "configuration.applied", "configuration:7", {**PLACE, "changed": 0})
    assert first(asked(book, book.incident(97, 1))) == "deployment:1"


def test_infrastructure_is_suspected_when_services_fail_that_have_only_it_in_common(book: Book) -> None:
    needs = [Link(f"service:{name}", "depends-on", "infrastructure:network") for name in ("shop", "mail", "api")]
    book.tell(0, "repository.created", "project:acme/shop", {}, *needs)
    book.deploy(88, 1, 1)
    data: dict[str, object] = {"environment": {"id": "production"}, "stack": {"id": "network"}, "changed": 3}
    book.tell(90, "infrastructure.applied", "plan:7", data)
    place: dict[str, object] = {"environment": {"id": "production"}}
    link = Link("alert:8", "caused", "incident:1")
    incident = book.incident(97, 1, errorType="TimeoutError")
    book.tell(98, "alert.fired", "alert:8", {**place, "service": {"id": "mail"}, "signal": "errors"}, link)
    assert first(asked(book, incident)) == "plan:7"


def test_what_was_rolled_back_long_before_is_hardly_suspected(book: Book) -> None:
    book.deploy(30, 1, 2, before=1)
    book.deploy(40, 2, 1, before=2, rollback=True)
    weights = {
        suspect.change.subject: {piece.name for piece in suspect.evidence}
        for suspect in asked(book, book.incident(97, 1)).suspects
    }
    assert "taken-back" in weights["deployment:1"]


def test_the_fix_and_what_people_say_afterwards_change_no_answer(book: Book) -> None:
    book.deploy(60, 1, 1)
    book.deploy(90, 2, 2, before=1)
    incident = book.incident(97, 1)
    before = asked(book, incident, 105)
    book.deploy(110, 3, 1, before=2, rollback=True)
    book.resolve(120, 1, "deployment:3")
    book.tell(130, "ticket.updated", "issue:acme/shop#1", {"uri": "/"}, Link("deployment:1", "caused", incident))
    assert asked(book, incident, 105) == before
    later = asked(book, incident, 1400)
    assert [suspect.change.subject for suspect in later.suspects] == ["deployment:2", "deployment:1"]
    assert [suspect.evidence for suspect in later.suspects] == [suspect.evidence for suspect in before.suspects]


def test_two_incidents_at_the_same_time_are_answered_apart(book: Book) -> None:
    book.deploy(90, 1, 1, service="shop")
    book.deploy(91, 2, 1, service="mail")
    shop, mail = book.incident(97, 1, "shop"), book.incident(97, 2, "mail")
    assert [first(asked(book, incident)) for incident in (shop, mail)] == ["deployment:1", "deployment:2"]


def test_an_alert_can_be_asked_about_and_one_that_fires_often_is_likelier_noise(book: Book) -> None:
    book.deploy(40, 1, 1)
    alert: dict[str, object] = {**PLACE, "rule": "Latency", "signal": "latency"}
    book.tell(97, "alert.fired", "alert:1", alert)
    once = asked(book, "alert:1").outside.probability
    for number in range(60):
        book.tell(-number * 300 - 10, "alert.fired", f"alert:{number + 10}", alert)
    answer = asked(book, "alert:1")
    assert answer.outside.probability > once
    assert "60 times" in answer.outside.evidence[0].words


def test_an_incident_that_a_person_reported_is_answered_without_alerts(book: Book) -> None:
    book.deploy(90, 1, 1)
    book.tell(97, "incident.reported", "incident:1", {**PLACE, "ticketURI": "/"})
    answer = asked(book, "incident:1")
    assert (answer.verdict, first(answer)) == ("suspect", "deployment:1")


def test_what_works_once_a_night_is_blamed_on_what_changed_since_it_last_worked(book: Book) -> None:
    book.deploy(-1500, 1, 1)
    book.deploy(-700, 2, 2, before=1)
    incident = book.incident(120, 1, lastSucceeded=at(120 - 1440).isoformat())
    answer = asked(book, incident)
    assert (answer.verdict, first(answer)) == ("suspect", "deployment:2")


def test_data_of_the_wrong_shape_is_as_good_as_none(book: Book) -> None:
    book.deploy(90, 1, 1)
    odd: dict[str, object] = {"stack": "Traceback", "since": 7, "hosts": "all", "signature": 3, "trafficRatio": "2"}
    assert first(asked(book, book.incident(97, 1, "shop", **odd))) == "deployment:1"
