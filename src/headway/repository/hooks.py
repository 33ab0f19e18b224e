"""The conversation between the server and the hook that git runs before it changes any ref.

The hook is a few lines of shell, since starting one costs a millisecond: it tells the server through a pipe what is
about to change and where the new objects are in quarantine, and waits for the answer in another pipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PRE_RECEIVE = r"""#!/bin/sh
# Asks the server whether these refs may change.
if [ -z "$HEADWAY_HOOK_OUT" ]; then
  echo "Headway's repositories are changed through Headway: push to its address." >&2
  exit 1
fi
{
  printf 'quarantine %s\n' "$GIT_QUARANTINE_PATH"
  while IFS= read -r line; do printf 'update %s\n' "$line"; done
  echo options
  i=0
  while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
    eval "printf 'option %s\n' \"\$GIT_PUSH_OPTION_$i\""
    i=$((i + 1))
  done
  echo end
} > "/dev/fd/$HEADWAY_HOOK_OUT"
while IFS= read -r line; do
  case $line in
    allow) exit 0 ;;
    deny) exit 1 ;;
    *) printf '%s\n' "$line" >&2 ;;
  esac
done < "/dev/fd/$HEADWAY_HOOK_IN"
echo "the server went away; push again" >&2
exit 1
"""

MISSING = "0" * 40

_END = b"\nend\n"


class RefUpdate(NamedTuple):
    """A ref that changes from one object to another; 40 zeros stand for none."""

    ref: str
    old: str
    new: str

    @property
    def creates(self) -> bool:
        """Whether the ref is new."""
        return not self.old.strip("0")

    @property
    def deletes(self) -> bool:
        """Whether the ref goes away."""
        return not self.new.strip("0")

    @property
    def branch(self) -> str | None:
        """The branch's name, ``None`` when it is no branch."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else None


class Proposal(NamedTuple):
    """What a push is about to change. ``quarantine``: the folder of objects that came with it; empty when none did."""

    updates: tuple[RefUpdate, ...]
    quarantine: str
    options: tuple[str, ...]


class Answer(NamedTuple):
    """What the hook shall do; the lines are shown to the one who pushes."""

    allowed: bool
    lines: tuple[str, ...] = ()


class MalformedProposalError(HeadwayError):
    """What came through the pipe is not what the hook says."""


def parse_proposal(lines: Iterable[str]) -> Proposal:
    """Return what the hook told, line by line. Raises ``MalformedProposalError``.

    What is about to change comes before the options, which the one who pushes is free to write: nothing in them can
    hide or add an update.
    """
    quarantine, told_all = "", False
    updates: list[RefUpdate] = []
    options: list[str] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "quarantine" and not updates:
            quarantine = rest
        elif word == "update" and not told_all:
            updates.append(_update(rest))
        elif line == "options":
            told_all = True
        elif told_all and word == "option":
            options.append(rest)
    if not told_all or not updates:
        raise MalformedProposalError("the hook ended before it had told everything")
    return Proposal(tuple(updates), quarantine, tuple(options))


def _update(text: str) -> RefUpdate:
    try:
        old, new, ref = text.split(" ", 2)
    except ValueError:
        raise MalformedProposalError(f"the hook told of an update without three parts: '{text[:100]}'") from None
    return RefUpdate(ref, old, new)


def is_told(told: bytes | bytearray) -> bool:
    """Whether the hook has told everything. Git holds its end of the pipe open, so the end is a line."""
    return told.endswith(_END)


def answer_to(told: bytes | bytearray, decide: Callable[[Proposal], Answer], answer: Callable[[bytes], object]) -> None:
    """Decide about what the hook told, and give ``answer`` the lines for it. When deciding fails the answer is no."""
    verdict = Answer(False, ("the server could not decide about this push; its log says why",))
    try:
        text = bytes(told).partition(_END)[0].decode("utf-8", "surrogateescape")
        verdict = decide(parse_proposal(text.split("\n")))
    finally:
        answer(_answer_text(verdict))


def _answer_text(verdict: Answer) -> bytes:
    lines = [" ".join(line.splitlines()) for line in verdict.lines]
    lines = [f" {line}" if line in ("allow", "deny") else line for line in lines]
    return "\n".join([*lines, "allow" if verdict.allowed else "deny", ""]).encode("utf-8", "replace")
