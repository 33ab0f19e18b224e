from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.events import Annotation
from headway.integration.execution.output import matchers as matchers_module
from headway.integration.execution.output.masks import MaskSet
from headway.integration.execution.output.matcher_files import parse_matchers
from headway.integration.execution.output.matchers import MatcherSet, Matching, Workspace
from headway.integration.execution.output.steplog import StepLog
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

CC = {
    "owner": "cc",
    "pattern": [
        {
            "regexp": r"^(.*):(\d+):(\d+):\s+(warning|error):\s+(.*)$",
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "message": 5,
        }
    ],
}
STYLISH = {
    "owner": "stylish",
    "pattern": [
        {"regexp": r"^([^\s].*)$", "file": 1},
        {
            "regexp": r"^\s+(\d+):(\d+)\s+(error|warning|info)\s+(.*)\s\s+(.*)$",
            "line": 1,
            "column": 2,
            "severity": 3,
            "message": 4,
            "code": 5,
            "loop": True,
        },
    ],
}
SIMPLE = {"owner": "simple", "severity": "warning", "pattern": [{"regexp": "^E: (.*)$", "message": 1}]}


class Recorder:
    """Keeps the log and the annotations of a step."""

    def __init__(self) -> None:
        self.text = b""
        self.annotations: list[Annotation] = []

    def log(self, data: bytes) -> None:
        self.text += data

    def annotation(self, annotation: Annotation) -> None:
        self.annotations.append(annotation)

    def set_output(self, name: str, value: str) -> None:
        raise AssertionError(name, value)

    save_state = set_env = set_output

    def add_path(self, path: str) -> None:
        raise AssertionError(path)


class Step:
    """A step with problem matchers."""

    def __init__(self, *matchers: dict[str, Any], folder: str = "", seen_as: str = "") -> None:
        self.recorder = Recorder()
        self.set = MatcherSet(load(*matchers))
        self.log = StepLog(self.recorder, MaskSet(), debugging=False)
        self.matching = Matching(self.set, Workspace(folder, seen_as))

    def scan(self, *lines: str) -> list[Annotation]:
        self.recorder.annotations = []
        self.matching.scan("".join(f"{line}\n" for line in lines).encode(), self.log)
        self.log.flush()
        return self.recorder.annotations


def load(*matchers: dict[str, Any]) -> tuple[matchers_module.Matcher, ...]:
    return parse_matchers(json.dumps({"problemMatcher": matchers}).encode(), "matchers.json").matchers


def problems(*matchers: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(*matchers)
    return [problem.message for problem in caught.value.problems]


def test_a_line_becomes_an_annotation_and_an_error_in_the_log() -> None:
    step = Step(CC)
    found = step.scan("before", "a.c:3:14: error: expected ';'", "after")
    assert found == [Annotation("error", "expected ';'", line=3, column=14)]
    assert step.recorder.text == b"before\n##[error]a.c:3:14: error: expected ';'\nafter\n"


def test_lines_that_match_nothing_stay_as_they_are_with_all_their_bytes() -> None:
    step = Step(CC)
    step.matching.scan(b"\xff\x00 \x1b[31mred\x1b[0m\n\n", step.log)
    step.log.flush()
    assert step.recorder.text == b"\xff\x00 \x1b[31mred\x1b[0m\n\n"


def test_colours_are_taken_off_before_matching() -> None:
    step = Step(SIMPLE)
    assert step.scan("\x1b[1;31mE: \x1b[mbad\x1b[0m") == [Annotation("warning", "bad")]
    assert step.recorder.text == b"##[warning]E: bad\n"


def test_the_severity_of_the_matcher_is_the_default() -> None:
    assert Step({**SIMPLE, "severity": "notice"}).scan("E: x")[0].level == "notice"
    assert Step({**SIMPLE, "severity": None}).scan("E: x")[0].level == "error"


@pytest.mark.parametrize(("word", "level"), [("ERROR", "error"), ("Warning", "warning"), ("notice", "notice")])
def test_a_captured_severity_counts_without_case(word: str, level: str) -> None:
    matcher = {"owner": "x", "pattern": [{"regexp": r"^(\w+)! (.*)", "severity": 1, "message": 2}]}
    assert Step(matcher).scan(f"{word}! x") == [Annotation(level, "x")]  # type: ignore[arg-type]


def test_an_unknown_severity_or_an_empty_message_makes_no_annotation() -> None:
    matcher = {"owner": "x", "pattern": [{"regexp": r"^(\w+)!(.*)", "severity": 1, "message": 2}]}
    step = Step(matcher)
    assert step.scan("fatal! x", "error! ", "error!") == []
    assert step.recorder.text == b"fatal! x\nerror! \nerror!\n"


def test_a_looping_matcher_finds_all_lines_below_a_heading() -> None:
    found = Step(STYLISH).scan(
        "/src/a.js", "  1:2  error  Bad quote  quotes", "  3:4  warning  No semi  semi", "", "  5:6  error  lost  x"
    )
    assert [(each.level, each.line, each.column, each.message) for each in found] == [
        ("error", 1, 2, "Bad quote"),
        ("warning", 3, 4, "No semi"),
    ]


def test_a_matcher_without_loop_starts_anew_after_each_finding() -> None:
    matcher = {
        "owner": "x",
        "pattern": [{"regexp": "^File (.*)$", "file": 1}, {"regexp": "^  (.*)$", "message": 1}],
    }
    assert [each.message for each in Step(matcher).scan("File a", "  one", "  two", "File b", "  three")] == [
        "one",
        "three",
    ]


def test_a_matcher_keeps_its_place_between_pieces_of_output() -> None:
    step = Step(STYLISH)
    assert step.scan("/src/a.js") == []
    assert len(step.scan("  1:2  error  Bad quote  quotes")) == 1
    assert len(step.scan("  2:2  error  Bad quote  quotes")) == 1


def test_the_middle_of_three_patterns_may_not_be_skipped() -> None:
    matcher = {
        "owner": "x",
        "pattern": [{"regexp": "^A (.*)", "file": 1}, {"regexp": "^B"}, {"regexp": "^C (.*)", "message": 1}],
    }
    step = Step(matcher)
    assert step.scan("A a", "C no", "B", "C no") == []
    assert [each.message for each in step.scan("A a", "B", "C yes", "C no")] == ["yes"]


def test_a_finding_of_one_matcher_resets_the_others() -> None:
    step = Step(SIMPLE, STYLISH)
    assert [each.message for each in step.scan("/src/a.js", "E: x", "  1:2  error  lost  quotes")] == ["x"]


def test_the_first_matcher_that_recognises_a_line_has_it() -> None:
    step = Step(SIMPLE)
    step.set.add(load({**SIMPLE, "owner": "newer", "severity": "notice"}))
    assert [each.level for each in step.scan("E: x")] == ["notice"]


def test_a_matcher_replaces_one_of_the_same_owner_whatever_the_case() -> None:
    step = Step(SIMPLE)
    step.set.add(load({**CC, "owner": "SIMPLE"}))
    assert step.scan("E: x") == []
    assert [matcher.owner for matcher in step.set.matchers] == ["SIMPLE"]


def test_matchers_that_stay_keep_their_place_when_others_change() -> None:
    step = Step(STYLISH, CC)
    step.scan("/src/a.js")
    assert step.set.remove(["CC", "unknown"]) == ("cc",)
    assert len(step.scan("  1:2  error  Bad quote  quotes")) == 1
    step.set.remove(["stylish"])
    assert not step.matching.active


def test_a_file_is_told_only_if_it_is_in_the_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.c").touch()
    (tmp_path / "secret.c").touch()
    step = Step(CC, folder=str(folder))
    for written, told in [
        ("src/a.c", "src/a.c"),
        ("./src/../src/a.c", "src/a.c"),
        (f"{folder}/src/a.c", "src/a.c"),
        ("src/missing.c", ""),
        ("src", ""),
        ("../secret.c", ""),
        (f"{tmp_path}/secret.c", ""),
        ("bad\0name", ""),
    ]:
        assert [each.path for each in step.scan(f"{written}:1:1: error: x")] == [told], written


def test_a_file_of_a_container_is_found_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a.c").touch()
    step = Step(CC, folder=str(tmp_path), seen_as="/github/workspace")
    for written in ("a.c", "/github/workspace/a.c"):
        assert [each.path for each in step.scan(f"{written}:1:1: error: x")] == ["a.c"]


def test_other_folders_of_a_container_are_known_by_their_mounts() -> None:
    container = Workspace("/home/me/work", "/__w/repo", (("/__w/_actions", "/home/me/actions"), ("/opt/", "/srv")))
    assert container.host_path("a/../b") == "/home/me/work/b"
    assert container.host_path("/__w/_actions/x.json") == "/home/me/actions/x.json"
    assert container.host_path("/opt/x") == "/srv/x"
    assert container.host_path("/etc/passwd") is None
    assert container.host_path("../../etc/passwd") is None
    assert container.relative("/__w/repo/src/a.c") == "src/a.c"
    assert container.relative("/__w/_actions/x.json") == "/__w/_actions/x.json"
    assert container.relative("src/a.c") == "src/a.c"


def test_a_workspace_without_container_is_seen_as_it_is() -> None:
    workspace = Workspace("/work")
    assert (workspace.host_path("a"), workspace.host_path("/etc/x")) == ("/work/a", "/etc/x")
    assert (workspace.relative("/work/a"), workspace.relative("/worker/a")) == ("a", "/worker/a")
    assert Workspace("").relative("/a/b") == "/a/b"


def test_a_file_is_looked_for_beside_the_project_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.cs").touch()
    matcher = {
        "owner": "x",
        "pattern": [{"regexp": r"^(\S+): (.*) \[(.*)\]$", "file": 1, "message": 2, "fromPath": 3}],
    }
    step = Step(matcher, folder=str(tmp_path))
    assert step.scan("a.cs: bad [project/x.csproj]")[0].path == "project/a.cs"
    assert step.scan(f"{tmp_path}/project/a.cs: bad [elsewhere/x.csproj]")[0].path == "project/a.cs"
    fixed = {**matcher, "fromPath": "project/x.csproj", "pattern": [{**matcher["pattern"][0], "fromPath": None}]}  # type: ignore[dict-item]
    assert Step(fixed, folder=str(tmp_path)).scan("a.cs: bad [x]")[0].path == "project/a.cs"


def test_numbers_that_are_none_are_left_out() -> None:
    matcher = {"owner": "x", "pattern": [{"regexp": "^(.*)!(.*)!(.*)$", "line": 1, "column": 2, "message": 3}]}
    assert Step(matcher).scan("x!²!y") == [Annotation("error", "y")]


def test_very_long_lines_are_not_searched_and_that_is_told_once() -> None:
    step = Step(SIMPLE)
    step.log.debugging = True
    assert step.scan("E: " + "x" * 5000, "E: " + "x" * 5000, "E: short") == [Annotation("warning", "short")]
    assert step.recorder.text.count(b"##[debug]Problem matchers skip lines of more than 4096 characters") == 1


def test_a_slow_matcher_is_removed_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matchers_module, "SLOW", -1.0)
    step = Step(SIMPLE)
    step.scan("the first piece shows that something is slow")
    found = step.scan("E: one", "E: two", "E: three", "E: four")
    assert [each.message.split(":")[0] for each in found] == [
        "one",
        "two",
        "The problem matcher 'simple' was removed from this step",
        "three",
    ]


def test_only_ten_annotations_are_passed_on_but_all_are_logged() -> None:
    step = Step(SIMPLE)
    found = step.scan(*(f"E: {number}" for number in range(15)))
    assert [each.message for each in found] == [str(number) for number in range(10)]
    assert step.recorder.text.count(b"##[warning]E: ") == 15
    assert step.log.counts["warning"] == 15


def test_matchers_can_change_while_lines_are_searched() -> None:
    step = Step(SIMPLE)

    def change() -> None:
        for _ in range(500):
            step.set.add(load(CC))
            step.set.remove(["cc"])

    thread = threading.Thread(target=change)
    thread.start()
    for _ in range(500):
        step.scan("nothing", "E: x")
    thread.join()
    assert step.log.counts["warning"] == 500


def test_a_matcher_that_cannot_be_used_is_left_out_with_a_warning_that_names_it() -> None:
    bad = {"owner": "risky", "pattern": [{"regexp": "^(a+)+$", "message": 1}]}
    loaded = parse_matchers(json.dumps({"problemMatcher": [bad, SIMPLE]}).encode("utf-8-sig"), "matchers.json")
    assert [matcher.owner for matcher in loaded.matchers] == ["simple"]
    assert len(loaded.warnings) == 1
    assert "'risky' is not used: `^(a+)+$`: a repetition within a repetition" in loaded.warnings[0]


def test_group_numbers_may_be_written_as_text() -> None:
    assert Step({"owner": "x", "pattern": [{"regexp": "(.+)", "message": "1"}]}).scan("m")[0].message == "m"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "this is not JSON"),
        (b"\xff", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b"[]", "expected an object with a list `problemMatcher`"),
        (b"{}", "expected an object with a list `problemMatcher`"),
        (b'{"problemMatcher": {}}', "expected an object with a list `problemMatcher`"),
    ],
)
def test_a_file_that_holds_no_matchers_is_refused(text: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_matchers(text, "matchers.json")


def test_comments_are_allowed_outside_of_strings() -> None:
    text = rb"""{ // what this is
      "problemMatcher": [{"owner": "a//b", /* several
      lines */ "pattern": [{"regexp": "^\"(.*)/\\*", "message": 1}]}] }"""
    (matcher,) = parse_matchers(text, "matchers.json").matchers
    assert (matcher.owner, matcher.patterns[0].regex.pattern) == ("a//b", r"^\x22(.*)\x2f\x2a")


def test_what_is_no_json_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        parse_matchers(b'{\n  "problemMatcher": oops}', "matchers.json")
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, 21)]


PATTERN: dict[str, Any] = {"regexp": "(.*)", "message": 1}


@pytest.mark.parametrize(
    ("matcher", "message"),
    [
        ("text", "problemMatcher[0] has to be an object"),
        ({"pattern": [PATTERN]}, "problemMatcher[0] needs a text `owner`"),
        ({"owner": "", "pattern": [PATTERN]}, "problemMatcher[0] needs a text `owner`"),
        ({"owner": "x", "severity": "fatal", "pattern": [PATTERN]}, "the severity is `fatal`"),
        ({"owner": "x", "severity": [1], "pattern": [PATTERN]}, "the severity is `[1]`"),
        ({"owner": "x"}, "needs a list `pattern`"),
        ({"owner": "x", "pattern": []}, "needs a list `pattern`"),
        ({"owner": "x", "pattern": [PATTERN, "y"]}, "pattern[1] has to be an object"),
        ({"owner": "x", "pattern": [{"regexp": "(a)", "file": 1}]}, "one of the patterns has to set `message`"),
        ({"owner": "x", "pattern": [{**PATTERN, "message": 2}]}, "the expression has no group 2"),
        ({"owner": "x", "pattern": [{**PATTERN, "line": -1}]}, "`line` has to be the number of a group"),
        ({"owner": "x", "pattern": [{**PATTERN, "line": True}]}, "`line` has to be the number of a group"),
        ({"owner": "x", "pattern": [PATTERN, PATTERN]}, "`message` was set by an earlier pattern"),
        ({"owner": "x", "pattern": [{**PATTERN, "loop": True}]}, "only the last of several patterns"),
        ({"owner": "x", "pattern": [PATTERN, {"regexp": "b", "loop": True}]}, "needs `message`"),
    ],
)
def test_a_wrong_matcher_is_refused_with_the_reason(matcher: Any, message: str) -> None:
    assert any(message in problem for problem in problems(matcher))


def test_all_problems_are_told_at_once() -> None:
    twins = problems({"owner": "x"}, {"owner": "X", "severity": "y", "pattern": [PATTERN]})
    assert len(twins) == 3
    assert twins[-1] == "the owner `x` has more than one matcher"
