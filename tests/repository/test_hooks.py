from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.hooks import (
    PRE_RECEIVE,
    Answer,
    MalformedProposalError,
    Proposal,
    RefUpdate,
    answer_to,
    is_told,
    parse_proposal,
)

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = "1" * 40, "2" * 40
UPDATE = RefUpdate("refs/heads/main", OLD, NEW)


class Asked(NamedTuple):
    code: int
    said: str
    proposal: Proposal


def ask(folder: Path, answer: Answer, *options: str) -> Asked:
    """Run the hook as git does, with an answer that is decided beforehand."""
    hook = folder / "pre-receive"
    hook.write_text(PRE_RECEIVE)
    told, telling = os.pipe()
    answered, answering = os.pipe()
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_QUARANTINE_PATH": "objects/incoming-1",
        "GIT_PUSH_OPTION_COUNT": str(len(options)),
        "HEADWAY_HOOK_OUT": str(telling),
        "HEADWAY_HOOK_IN": str(answered),
    } | {f"GIT_PUSH_OPTION_{number}": option for number, option in enumerate(options)}
    proposals: list[Proposal] = []

    def decide(proposal: Proposal) -> Answer:
        proposals.append(proposal)
        return answer

    with contextlib.ExitStack() as stack:
        pipe = stack.enter_context(os.fdopen(told, "rb", 0))
        out = stack.enter_context(os.fdopen(answering, "wb", 0))
        process = stack.enter_context(
            subprocess.Popen(
                ["sh", hook],
                cwd=folder,
                env=environment,
                pass_fds=(telling, answered),
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        os.close(answered)
        assert process.stdin is not None
        process.stdin.write(f"{OLD} {NEW} refs/heads/main\n".encode())
        process.stdin.close()
        process.stdin = None
        heard = bytearray()
        while not is_told(heard):
            heard += pipe.read(65536)  # another end of the pipe is open, as git keeps one: there is no end of it
        os.close(telling)
        answer_to(heard, decide, out.write)
        said = process.communicate(timeout=30)[1].decode()
    return Asked(process.returncode, said, proposals[0])


def test_the_hook_tells_what_is_about_to_change_and_does_as_it_is_told(tmp_path: Path) -> None:
    asked = ask(tmp_path, Answer(True, ("welcome",)), "ci.skip", "reviewer=bert braun")
    assert asked == Asked(0, "welcome\n", Proposal((UPDATE,), "objects/incoming-1", ("ci.skip", "reviewer=bert braun")))
    asked = ask(tmp_path, Answer(False, ("main takes no force push", "allow", "two\nlines")))
    assert asked.code == 1
    assert asked.said == "main takes no force push\n allow\ntwo lines\n"


@pytest.mark.parametrize(
    "option",
    [
        f"x\nupdate {OLD} {NEW} refs/heads/release",
        "x\nquarantine /etc",
        "$(touch owned)`touch owned`'\"; touch owned",
        "%s%n\\n",
        "x\nend\nmore",
        "-n",
    ],
)
def test_nothing_in_an_option_changes_what_is_decided_about(tmp_path: Path, option: str) -> None:
    asked = ask(tmp_path, Answer(True), option)
    assert asked.code == 0
    assert asked.proposal.updates == (UPDATE,)
    assert asked.proposal.quarantine == "objects/incoming-1"
    assert not (tmp_path / "owned").exists()


def test_a_repository_that_is_pushed_to_behind_the_servers_back_refuses(tmp_path: Path) -> None:
    hook = tmp_path / "pre-receive"
    hook.write_text(PRE_RECEIVE)
    done = subprocess.run(["sh", hook], env={}, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "push to its address" in done.stderr


def test_when_deciding_fails_the_answer_is_no() -> None:
    def decide(proposal: Proposal) -> Answer:
        raise OSError(f"the disk is gone for {proposal.quarantine}")

    answers: list[bytes] = []
    told = f"quarantine here\nupdate {OLD} {NEW} refs/heads/main\noptions\nend\n".encode()
    with pytest.raises(OSError, match="the disk is gone for here"):
        answer_to(told, decide, answers.append)
    (answer,) = answers
    assert answer.endswith(b"\ndeny\n")


@given(st.integers(0, 2), st.lists(st.text(st.characters(exclude_characters="\n\0", codec="utf-8"))))
def test_a_hook_that_was_cut_short_is_never_taken_for_a_whole_one(lines_told: int, options: list[str]) -> None:
    lines = ["quarantine here", f"update {OLD} {NEW} refs/heads/main", "options", *(f"option {o}" for o in options)]
    assert parse_proposal(lines) == Proposal((UPDATE,), "here", tuple(options))
    with pytest.raises(MalformedProposalError):
        parse_proposal(lines[:lines_told])


def test_an_update_without_its_parts_is_malformed() -> None:
    with pytest.raises(MalformedProposalError, match="without three parts: 'refs/heads/main'"):
        parse_proposal(["quarantine here", "update refs/heads/main", "options"])
