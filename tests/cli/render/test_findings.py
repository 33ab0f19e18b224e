from __future__ import annotations

import json

import pytest

from headway.cli.render.findings import as_commands, as_json, as_sarif, as_text
from headway.integration.local.checking import Checked
from headway.kernel.errors import Problem

TEXT = "on: push\njobs: {a: {stepz: []}}\n"
WRONG = Problem("w.yml", 2, 11, "Unexpected value 'stepz'", "did you mean 'steps'?")
FILE = Problem("w.yml", 0, 0, "Maximum object size exceeded", rule="limit")


def text(*problems: Problem, source: str = TEXT) -> list[str]:
    return as_text([Checked("w.yml", source, problems)]).splitlines()


def test_a_finding_points_at_its_place() -> None:
    assert text(WRONG)[:4] == [
        "w.yml:2:11: error: Unexpected value 'stepz' [syntax]",
        "    2 | jobs: {a: {stepz: []}}",
        "      |           ^",
        "      did you mean 'steps'?",
    ]


@pytest.mark.parametrize(
    "problem",
    [FILE, WRONG._replace(path="called.yml", hint=""), WRONG._replace(line=99, hint="")],
    ids=["whole file", "another file", "past the end"],
)
def test_without_a_line_to_show_none_is_shown(problem: Problem) -> None:
    assert len(text(problem)) == 2


def test_a_long_line_is_cut_and_points_nowhere_beyond() -> None:
    found = text(WRONG._replace(line=1, column=300, hint=""), source="x" * 400)
    assert found[1] == f"    1 | {'x' * 159}…"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("problems", "last"),
    [
        ((), "Nothing is wrong with 1 file"),
        ((WRONG, FILE), "2 errors, 0 warnings in 1 file"),
        (
            (WRONG, FILE, WRONG._replace(severity="warning"), WRONG._replace(severity="warning")),
            "2 errors, 2 warnings in 1 file",
        ),
    ],
)
def test_findings_are_counted_at_the_end(problems: tuple[Problem, ...], last: str) -> None:
    assert text(*problems)[-1] == last


def test_as_json_all_files_and_findings_are_there() -> None:
    document = json.loads(as_json([Checked("w.yml", TEXT, (WRONG,)), Checked("fine.yml", "", ())]))
    assert document["files"] == ["w.yml", "fine.yml"]
    assert document["findings"] == [WRONG._asdict()]


@pytest.mark.parametrize(
    ("problem", "command"),
    [
        (WRONG, "::error file=w.yml,line=2,col=11,title=syntax::Unexpected value 'stepz'%0Adid you mean 'steps'?"),
        (FILE, "::error file=w.yml,title=limit::Maximum object size exceeded"),
        (
            Problem("a:b,c%.yml", 1, 2, "50%\r\nof it", severity="notice", rule="x"),
            "::notice file=a%3Ab%2Cc%25.yml,line=1,col=2,title=x::50%25%0D%0Aof it",
        ),
    ],
)
def test_a_finding_is_a_workflow_command_with_everything_escaped(problem: Problem, command: str) -> None:
    assert as_commands([Checked("w.yml", "", (problem,))]) == command


def test_sarif_has_one_rule_for_each_kind_and_levels_of_its_own() -> None:
    notice = WRONG._replace(severity="notice", message="Ends with a dot.")
    (run,) = json.loads(as_sarif([Checked("w.yml", TEXT, (WRONG, FILE, notice))]))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["syntax", "limit"]
    assert [result["level"] for result in run["results"]] == ["error", "error", "note"]
    assert run["results"][2]["message"]["text"] == "Ends with a dot. did you mean 'steps'?"
    region = run["results"][1]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 1}


def test_sarif_names_files_by_addresses() -> None:
    problem = WRONG._replace(path="my flows/ü#1.yml")
    (run,) = json.loads(as_sarif([Checked("x", "", (problem,))]))["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "my%20flows/%C3%BC%231.yml"}
