from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from headway.kernel.capture import Question
from headway.kernel.errors import MissingProgramError
from headway.kernel.git import Git, GitError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_question_is_answered_with_output_errors_and_code() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert Question([sys.executable, "-c", script]).answer(30) == (3, b"out\n", b"err\n")


def test_large_answers_on_both_pipes_do_not_block() -> None:
    script = "import sys\nfor _ in range(200): sys.stdout.write('o' * 5000); sys.stderr.write('e' * 5000)"
    answer = Question([sys.executable, "-c", script]).answer(30)
    assert (len(answer.output), len(answer.errors)) == (1_000_000, 1_000_000)


def test_a_question_that_takes_too_long_is_ended() -> None:
    assert Question(["sleep", "60"]).answer(0.05).code == -1


def test_a_program_that_is_not_there_leaves_nothing_open() -> None:
    with pytest.raises(FileNotFoundError):
        Question(["/nonexistent/program"])


def test_git_answers_and_refuses_in_words(tmp_path: Path) -> None:
    git = Git(str(tmp_path))
    git.text("init", "-q")
    (tmp_path / "ä b").write_text("")
    assert git.lines("ls-files", "-z", "--others", separator="\0") == ["ä b"]
    assert git.maybe("rev-parse", "HEAD^{commit}") == ""
    with pytest.raises(GitError, match="'git log' failed: fatal: your current branch"):
        git.text("log")


def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingProgramError, match="git is not on this machine"):
        Git(str(tmp_path)).text("status")
