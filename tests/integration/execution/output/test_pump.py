from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from headway.integration.events import Annotation
from headway.integration.execution.output.matchers import MatcherSet, Workspace
from headway.integration.execution.output.pump import OutputSettings

from .recorder import DEFAULT, Recorder, Step

if TYPE_CHECKING:
    from pathlib import Path

DEBUG = OutputSettings(debug=True)
ECHO = OutputSettings(echo=True)
UNSECURE = OutputSettings(unsecure_commands=True)


def log_of(*chunks: str | bytes, settings: OutputSettings = DEFAULT) -> bytes:
    return Step(settings).prints(*chunks).text


# Lines


def test_plain_text_passes_as_it_is() -> None:
    assert log_of("one\n", "two\n\nthree\n") == b"one\ntwo\n\nthree\n"


def test_nothing_printed_is_nothing_logged() -> None:
    assert Step().prints().events == []
    assert Step().prints(b"", b"").events == []


def test_a_last_line_without_end_gets_one() -> None:
    assert log_of("one\ntw", "o") == b"one\ntwo\n"


def test_whole_lines_are_passed_on_before_the_step_ends() -> None:
    step = Step()
    step.output.feed(b"one\ntw")
    assert step.sink.text == b"one\n"


def test_lines_end_with_carriage_returns_too() -> None:
    assert log_of("a\r\nb\rc\r\rd\n\re\r") == b"a\nb\nc\n\nd\n\ne\n"
    assert log_of("a\r", "\nb\r", "c\r") == b"a\nb\nc\n"


def test_a_progress_bar_is_logged_as_it_proceeds() -> None:
    step = Step()
    step.output.feed(b"10%\r")
    assert step.sink.text == b"10%\n"


def test_binary_output_breaks_nothing() -> None:
    data = bytes(range(256)).replace(b"\r", b"")
    assert log_of(data, data) == data + data + b"\n"


def test_a_chunk_of_many_lines_is_passed_on_at_once() -> None:
    text = b"line\n" * 10_000
    assert Step().prints(text).pieces == [text]


def test_a_line_of_two_megabytes_stays_one_line() -> None:
    assert log_of(b"x" * 1_000_000, b"x" * 1_000_000, b"\ny\n") == b"x" * 2_000_000 + b"\ny\n"


def test_a_line_without_end_needs_no_memory() -> None:
    step = Step(longest_line=1000)
    for _ in range(1000):
        step.output.feed(b"x" * 100)
        assert step.output._pending_size <= 1000
    assert step.prints("\nend").text == b"x" * 100_000 + b"\nend\n"
    assert max(map(len, step.sink.pieces)) <= 1100


def test_a_secret_across_the_pieces_of_a_long_line_is_masked() -> None:
    step = Step(secrets=["0123456789"], longest_line=20)
    assert step.prints(*("x0123456789" * 10), "\n").text == b"x***" * 10 + b"\n"


def test_a_line_that_is_too_long_is_no_command() -> None:
    line = "::error::" + "x" * 20
    for chunks in ([line + "\n"], [line, "\n"], list(line)):
        sink = Step(longest_line=20).prints(*chunks)
        assert (sink.text, sink.annotations) == (line.encode() + b"\n", [])


def test_several_threads_may_feed_at_once() -> None:
    step = Step()
    lines = b"a line of one thread\n" * 100

    def work() -> None:
        for _ in range(50):
            step.output.feed(lines)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert step.sink.text == lines * 200


# Messages and groups


def test_messages_become_annotations_and_lines_of_the_log() -> None:
    sink = Step().prints("a\n::error::bad\n  ::warning::odd\nb ##[notice]so\n")
    assert sink.events == [
        ("log", b"a\n##[error]bad\n"),
        ("annotation", Annotation("error", "bad")),
        ("log", b"##[warning]odd\n"),
        ("annotation", Annotation("warning", "odd")),
        ("log", b"##[notice]so\n"),
        ("annotation", Annotation("notice", "so")),
    ]


def test_a_message_names_its_place() -> None:
    line = "::error file=src/a.c,line=1,endLine=1,col=3,endColumn=9,title=T::m"
    assert Step().prints(line).annotations == [Annotation("error", "m", "T", "src/a.c", 1, 1, 3, 9)]


@pytest.mark.parametrize(
    ("properties", "place"),
    [
        ("line=1,endLine=3", (1, 3, None, None)),
        ("endLine=3", (3, 3, None, None)),
        ("line=1,endColumn=3", (1, None, 3, 3)),
        ("col=3,endColumn=4", (None, None, None, None)),
        ("line=1,endLine=2,col=3,endColumn=4", (1, 2, None, None)),
        ("line=3,endLine=2", (None, None, None, None)),
        ("line=1,col=5,endColumn=4", (1, None, None, None)),
        ("line=x,col=y", (None, None, None, None)),
        ("line=1_0", (None, None, None, None)),
    ],
)
def test_a_place_that_contradicts_itself_is_repaired(properties: str, place: tuple[int | None, ...]) -> None:
    (annotation,) = Step().prints(f"::warning {properties}::m").annotations
    assert annotation[4:] == place


def test_the_path_of_a_message_is_told_relative_to_the_workspace() -> None:
    for workspace in (Workspace("/work/repo"), Workspace("/host/repo", "/work/repo")):
        step = Step(OutputSettings(workspace=workspace))
        lines = (f"::error file={path}::m\n" for path in ("/work/repo/src/a.c", "b.c", "/work/repo2/c.c"))
        assert [each.path for each in step.prints(*lines).annotations] == ["src/a.c", "b.c", "/work/repo2/c.c"]


def test_a_message_of_several_lines_is_logged_on_several_lines() -> None:
    assert log_of("::error::one%0Atwo%0D%0Athree") == b"##[error]one\ntwo\nthree\n"


def test_a_message_is_cut_at_4096_characters() -> None:
    (annotation,) = Step().prints("::error::" + "é" * 5000).annotations
    assert annotation.message == "é" * 4096


def test_an_empty_message_is_counted_but_not_logged() -> None:
    sink = Step().prints("::error::\n")
    assert (sink.text, sink.annotations) == (b"", [Annotation("error", "")])


def test_ten_messages_of_a_level_are_passed_on_and_the_rest_is_counted() -> None:
    step = Step()
    sink = step.prints("".join(f"::error::{number}\n::notice::n\n" for number in range(12)))
    errors = [each.message for each in sink.annotations if each.level == "error"]
    assert errors == [str(number) for number in range(10)]
    assert step.output.counts == {"error": 12, "warning": 0, "notice": 12}
    assert sink.text.count(b"##[error]") == 12


def test_secrets_are_masked_in_messages_and_titles() -> None:
    step = Step(secrets=["hunter2", "two\nlines"])
    sink = step.prints("::error title=is hunter2::is hunter2%0Aand two%0Alines")
    assert sink.annotations == [Annotation("error", "is ***\nand ***", "is ***")]
    assert sink.text == b"##[error]is ***\nand ***\n"


def test_groups_are_logged_in_the_form_of_the_log() -> None:
    assert log_of("::group::A title\nx\n::endgroup::ignored\n") == b"##[group]A title\nx\n##[endgroup]\n"


def test_debug_messages_are_shown_only_when_debugging() -> None:
    assert log_of("a\n::debug::x%0Ay\n") == b"a\n"
    assert log_of("a\n::debug::x%0Ay\n", settings=DEBUG) == b"a\n##[debug]x\n##[debug]y\n"


# Results


def test_results_reach_the_sink_unmasked_and_in_order() -> None:
    sink = Step(secrets=["hunter2"]).prints(
        "::set-output name=a::hunter2\n::save-state name=b::x%0Ay\n::set-output name=a::\n"
    )
    assert sink.events == [("output", "a", "hunter2"), ("state", "b", "x\ny"), ("output", "a", "")]


@pytest.mark.parametrize("command", ["set-output", "save-state", "set-env"])
def test_a_result_without_name_fails_the_step(command: str) -> None:
    step = Step(UNSECURE)
    sink = step.prints(f"::{command}::x\n")
    assert (sink.results, step.output.failed) == ([], True)
    assert sink.text == f"##[error]Cannot obey the command `{command}`: it needs the property `name`.\n".encode()


@pytest.mark.parametrize(("line", "file"), [("::set-env name=A::b", "GITHUB_ENV"), ("::add-path::/x", "GITHUB_PATH")])
def test_unsecure_commands_are_refused_with_the_remedy(line: str, file: str) -> None:
    step = Step()
    sink = step.prints(line)
    assert (sink.results, step.output.failed) == ([], True)
    assert f"${file}".encode() in sink.text
    assert b"ACTIONS_ALLOW_UNSECURE_COMMANDS" in sink.text


def test_unsecure_commands_work_where_they_are_allowed() -> None:
    step = Step(UNSECURE)
    assert step.prints("::set-env name=A::b\n::add-path::/x\n").events == [("env", "A", "b"), ("path", "/x")]
    assert not step.output.failed


def test_even_then_node_options_cannot_be_set() -> None:
    step = Step(UNSECURE)
    sink = step.prints("::set-env name=node_options::--require=x\n")
    assert (sink.results, step.output.failed, len(sink.annotations)) == ([], False, 1)


def test_an_empty_path_fails_the_step() -> None:
    step = Step(UNSECURE)
    step.prints("::add-path::\n")
    assert step.output.failed


# Masks


def test_a_mask_counts_from_the_next_line_on() -> None:
    assert log_of("topsecret\n::add-mask::topsecret\ntopsecret\n") == b"topsecret\n***\n"


def test_a_mask_of_several_lines_masks_each_of_them() -> None:
    assert log_of("::add-mask::first%0D%0Asecond\n<first> <second>\n") == b"<***> <***>\n"


@pytest.mark.parametrize("value", ["", "  ", "%0A"])
def test_a_blank_mask_is_warned_of(value: str) -> None:
    sink = Step().prints(f"::add-mask::{value}\na b\n")
    assert sink.annotations[0].level == "warning"
    assert sink.text.endswith(b"\na b\n")


# Echo


def test_commands_are_not_shown_unless_echo_is_on() -> None:
    lines = "::set-output name=a::b\n::echo::on\n::set-output name=a::b\n::echo:: OFF \n::set-output name=a::b\n"
    assert log_of(lines) == b"::set-output name=a::b\n::echo:: OFF \n"


def test_echo_shows_neither_masks_nor_messages_twice() -> None:
    assert log_of("::add-mask::topsecret\n::error::x\n", settings=ECHO) == b"::add-mask::***\n##[error]x\n"


def test_debugging_implies_echo() -> None:
    assert log_of("::group::x\n", settings=DEBUG) == b"::group::x\n##[group]x\n"


def test_echo_knows_on_and_off_only() -> None:
    step = Step()
    assert b"it can be `on` or `off`" in step.prints("::echo::maybe\n").text
    assert step.output.failed


# Stopping


def test_no_command_is_obeyed_between_stop_and_token() -> None:
    sink = Step().prints(
        "::stop-commands::A-Token-123\n::error::x\n ##[group]y\n::other-token::\n::a-token-123::\n::notice::z\n"
    )
    assert (
        sink.text == b"::stop-commands::***\n::error::x\n ##[group]y\n::other-token::\n::a-token-123::\n##[notice]z\n"
    )
    assert [each.message for each in sink.annotations] == ["z"]


def test_the_token_may_come_in_the_old_form() -> None:
    assert log_of("::stop-commands::abc\n::debug::x\n##[abc]\n::debug::y\n") == (
        b"::stop-commands::abc\n::debug::x\n##[abc]\n"
    )


@pytest.mark.parametrize("token", ["", "pause-logging", "Debug", "stop-commands"])
def test_weak_tokens_are_refused(token: str) -> None:
    step = Step()
    sink = step.prints(f"::stop-commands::{token}\n::notice::still obeyed\n")
    assert step.output.failed
    assert [each.level for each in sink.annotations] == ["error", "notice"]


def test_weak_tokens_work_where_they_are_allowed() -> None:
    step = Step(OutputSettings(unsecure_stop_tokens=True))
    sink = step.prints("::stop-commands::pause-logging\n::error::x\n::pause-logging::\n::notice::y\n")
    assert ([each.message for each in sink.annotations], step.output.failed) == (["y"], False)


def test_an_empty_token_stops_for_good() -> None:
    step = Step(OutputSettings(unsecure_stop_tokens=True))
    assert step.prints("::stop-commands::\n::::\n::error::x\n").annotations == []


# What is no command


@pytest.mark.parametrize(
    "line",
    [
        "::unknown::x",
        "::error:x",
        "x::error::y",
        ": :error::x",
        "std::vector<int>::size()",
        "::::",
        "##[unknown]x",
        "##[error",
        "##error]x",
        "# ##[",
    ],
)
def test_what_looks_like_a_command_stays_text(line: str) -> None:
    sink = Step().prints(f"before\n{line}\nafter\n")
    assert sink.events == [("log", f"before\n{line}\nafter\n".encode())]


@pytest.mark.parametrize(
    "blank", ["\t", "\v", "\f", "\u00a0", "\u0085", "\u2003", "\u2028", "\u3000", "\u1680", "\u205f"]
)
def test_a_command_may_stand_behind_any_blank(blank: str) -> None:
    assert log_of(f"x\n{blank}::group::y\n") == b"x\n##[group]y\n"


def test_invalid_bytes_in_a_message_become_replacement_characters() -> None:
    sink = Step().prints(b"::error::\xff\x00\n\xff\n")
    assert sink.annotations == [Annotation("error", "\ufffd\0")]
    assert sink.text == "##[error]\ufffd\0\n".encode() + b"\xff\n"


# After the end


def test_what_comes_after_the_end_is_logged_but_not_obeyed() -> None:
    step = Step(secrets=["hunter2"])
    step.prints("::notice::in time\n")
    step.output.feed(b"::error::late\n::set-output name=a::b\nhunter2 and a half")
    sink = step.prints(" line")
    assert sink.text == b"##[notice]in time\n::error::late\n::set-output name=a::b\n*** and a half line\n"
    assert (len(sink.annotations), sink.results) == (1, [])


# Problem matchers


def write_matcher(path: Path, owner: str = "lint", expression: str = "^E (.*)$") -> None:
    pattern = [{"regexp": expression, "message": 1}]
    path.write_text(json.dumps({"problemMatcher": [{"owner": owner, "pattern": pattern}]}))


def in_workspace(folder: Path, *, debug: bool = False) -> OutputSettings:
    return OutputSettings(debug=debug, workspace=Workspace(str(folder)))


def test_a_matcher_counts_from_its_command_on(tmp_path: Path) -> None:
    write_matcher(tmp_path / "lint.json")
    sink = Step(in_workspace(tmp_path)).prints("E one\n::add-matcher::lint.json\nE two\nfine\n")
    assert sink.text == b"E one\n##[error]E two\nfine\n"
    assert sink.annotations == [Annotation("error", "two")]


def test_a_matcher_stays_for_the_steps_that_follow(tmp_path: Path) -> None:
    write_matcher(tmp_path / "lint.json")
    matchers = MatcherSet()
    Step(in_workspace(tmp_path), matchers=matchers).prints(f"##[add-matcher]{tmp_path}/lint.json\n")
    assert len(Step(matchers=matchers).prints("E one\n").annotations) == 1
    Step(matchers=matchers).prints("::remove-matcher owner=LINT::\n")
    assert Step(matchers=matchers).prints("E one\n").annotations == []


def test_matchers_are_removed_by_their_file_too(tmp_path: Path) -> None:
    write_matcher(tmp_path / "lint.json")
    step = Step(in_workspace(tmp_path, debug=True))
    sink = step.prints("::add-matcher::lint.json\n::remove-matcher::lint.json\nE one\n")
    assert sink.annotations == []
    assert b"##[debug]Added problem matchers: 'lint'\n" in sink.text
    assert b"##[debug]Removed problem matchers: 'lint'\n" in sink.text


@pytest.mark.parametrize("line", ["::add-matcher::", "::remove-matcher::", "::remove-matcher owner=a::b"])
def test_a_matcher_command_without_what_it_needs_is_warned_of(line: str) -> None:
    step = Step()
    assert [each.level for each in step.prints(line).annotations] == ["warning"]
    assert not step.output.failed


def test_a_matcher_file_that_cannot_be_read_fails_the_step(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "large.json").write_bytes(b" " * ((1 << 20) + 1))
    for name, message in [
        ("missing.json", b"there is no file"),
        ("/dev/zero", b"there is no file"),
        (".", b"there is no file"),
        ("bad.json", b"expected an object"),
        ("large.json", b"more than 1048576 bytes"),
    ]:
        step = Step(in_workspace(tmp_path))
        assert message in step.prints(f"::add-matcher::{name}\n").text
        assert step.output.failed


def test_a_matcher_file_within_the_container_only_is_told(tmp_path: Path) -> None:
    step = Step(OutputSettings(workspace=Workspace(str(tmp_path), "/__w/repo")))
    assert b"/etc/lint.json is in the container only" in step.prints("::add-matcher::/etc/lint.json\n").text


def test_a_matcher_that_cannot_be_used_is_warned_of(tmp_path: Path) -> None:
    write_matcher(tmp_path / "lint.json", "risky", "(a+)+$")
    step = Step(in_workspace(tmp_path))
    sink = step.prints("::add-matcher::lint.json\n")
    assert [each.level for each in sink.annotations] == ["warning"]
    assert not step.output.failed


def test_a_matcher_does_not_see_commands(tmp_path: Path) -> None:
    write_matcher(tmp_path / "lint.json", expression="^(.*E .*)$")
    sink = Step(in_workspace(tmp_path)).prints("::add-matcher::lint.json\n::notice::E x\nE y\n")
    assert [each.message for each in sink.annotations] == ["E x", "E y"]
    assert [each.level for each in sink.annotations] == ["notice", "error"]


def test_a_recorder_joins_what_follows_each_other() -> None:
    sink = Recorder()
    sink.log(b"a")
    sink.log(b"b")
    assert sink.events == [("log", b"ab")]
