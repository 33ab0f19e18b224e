"""The output pump: from the bytes that a step writes to its log, its annotations and its results.

GitHub documents what is obeyed here under "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import re
import threading
from functools import cache

from headway.integration.execution.output.commands import COMMANDS, parse_command
from headway.integration.execution.output.handlers import Handlers, OutputSettings
from headway.integration.execution.output.matchers import MatcherSet, Matching, Workspace
from headway.integration.execution.output.steplog import Sink, StepLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headway.integration.events import Level
    from headway.integration.execution.output.commands import Command
    from headway.integration.execution.output.masks import MaskSet

__all__ = ["OutputSettings", "Sink", "StepOutput", "Workspace"]

LONGEST_LINE = 8 << 20

# What .NET trims at the start of a line, in UTF-8.
_SPACE = rb"(?:[ \t\v\f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*"
_LONG_TOKEN = 7


@cache
def _candidate() -> re.Pattern[bytes]:
    """Compile what finds the beginnings of commands; most steps have none."""
    return re.compile(rb"\n" + _SPACE + rb"::|##\[")


class StepOutput:
    """Takes what a step writes, obeys its commands, hides secrets and passes the log on.

    Feed it from any thread, one call at a time or several at once. A line counts as soon as its end has come: LF,
    CR or both. After `close` more may come from processes in the background; it is logged, but no longer obeyed.

    A line longer than ``longest_line`` bytes is logged in pieces and never obeyed.
    """

    __slots__ = (
        "_closed",
        "_covered",
        "_handlers",
        "_in_long_line",
        "_lock",
        "_log",
        "_longest",
        "_masks",
        "_matching",
        "_pending",
        "_pending_size",
        "_settings",
        "_skip_line_feed",
        "_stop_token",
    )

    def __init__(
        self,
        sink: Sink,
        masks: MaskSet,
        matchers: MatcherSet | None = None,
        settings: OutputSettings = OutputSettings(),  # noqa: B008 - immutable
        longest_line: int = LONGEST_LINE,
    ) -> None:
        matchers = MatcherSet() if matchers is None else matchers
        self._lock = threading.Lock()
        self._masks, self._settings, self._longest = masks, settings, longest_line
        self._log = StepLog(sink, masks, debugging=settings.debug)
        self._handlers = Handlers(sink, self._log, masks, matchers, settings)
        self._matching = Matching(matchers, settings.workspace)
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._covered = -1
        self._in_long_line = self._skip_line_feed = self._closed = False
        self._stop_token: str | None = None

    @property
    def failed(self) -> bool:
        """Whether a command could not be obeyed; GitHub fails such a step whatever its exit code is."""
        return self._log.failed

    @property
    def counts(self) -> dict[Level, int]:
        """How many annotations of each level there were, including those that were not passed on."""
        return dict(self._log.counts)

    def feed(self, data: bytes) -> None:
        """Take the next bytes, of any number."""
        with self._lock:
            self._feed(data)
            self._log.flush()

    def close(self) -> None:
        """End the last line and pass on everything; commands are not obeyed from now on. May be repeated."""
        with self._lock:
            if self._pending or self._in_long_line:
                self._feed(b"\n")
            self._closed = True
            self._log.flush()

    def _feed(self, data: bytes) -> None:
        if self._skip_line_feed or b"\r" in data:
            data = self._unify_line_ends(data)
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._keep(data)
            return
        block, rest = (data, b"") if cut == len(data) else (data[:cut], data[cut:])
        if self._pending:
            block = b"".join((*self._pending, block))
            self._pending.clear()
            self._pending_size = 0
        self._lines(block)
        self._keep(rest)

    def _unify_line_ends(self, data: bytes) -> bytes:
        if self._skip_line_feed and data[:1] == b"\n":
            data = data[1:]
            self._skip_line_feed = False
        if data:
            self._skip_line_feed = data[-1:] == b"\r"
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, data: bytes) -> None:
        """Keep the beginning of a line, unless it grows too long to be kept."""
        if not data:
            return
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size > self._longest:
            self._in_long_line = True
            self._give_piece(b"".join(self._pending), last=False)

    def _give_piece(self, data: bytes, *, last: bool) -> None:
        piece, rest, self._covered = self._masks.apply_piece(data, self._covered, last=last)
        self._log.masked(piece)
        self._pending = [rest] if rest else []
        self._pending_size = len(rest)

    def _lines(self, block: bytes) -> None:
        """Take whole lines."""
        if self._in_long_line:
            end = block.index(b"\n")
            self._give_piece(block[:end], last=True)
            self._log.masked(b"\n")
            self._in_long_line, self._covered = False, -1
            block = block[end + 1 :]
        if not self._closed and (b"::" in block or (b"#" in block and b"##[" in block)):
            self._search(block)
        elif block:
            self._plain(block)

    def _search(self, block: bytes) -> None:
        """Take whole lines among which there may be commands."""
        text = b"\n" + block  # so that every line has one before it
        done = 1
        search = _candidate().search
        match = search(text)
        while match:
            start = text.rindex(b"\n", 0, match.end()) + 1
            end = text.index(b"\n", match.end())
            if end - start <= self._longest and (command := self._parse(text[start:end])):
                if start > done:
                    self._plain(text[done:start])
                self._obey(command, text[start : end + 1])
                done = end + 1
            match = search(text, end)
        if done < len(text):
            self._plain(text[done:])

    def _parse(self, line: bytes) -> Command | None:
        names = COMMANDS if self._stop_token is None else frozenset({self._stop_token} - {""})
        return parse_command(line.decode("utf-8", "replace"), names)

    def _obey(self, command: Command, line: bytes) -> None:
        if self._stop_token is not None:
            self._stop_token = None
            self._log.text(line)
        elif command.name == "stop-commands":
            self._stop(command.data, line)
        else:
            self._handlers.obey(command, line)

    def _stop(self, token: str, line: bytes) -> None:
        """Stop obeying until the token comes; one that could come by chance is refused."""
        weak = not token or token.lower() in COMMANDS or token.lower() == "pause-logging"
        if weak and not self._settings.unsecure_stop_tokens:
            self._log.fail(
                f"Cannot obey the command `stop-commands`: `{token}` is no safe token. Use a random one; it may be "
                "neither empty nor the name of a command nor `pause-logging`."
            )
            return
        self._stop_token = token.lower()
        if len(token) >= _LONG_TOKEN:
            self._masks.add(token)
        self._log.text(line)

    def _plain(self, block: bytes) -> None:
        """Take whole lines that are no commands."""
        if self._closed or not self._matching.active:
            self._log.text(block)
        elif len(block) <= self._longest:
            self._matching.scan(block, self._log)
        else:
            for line in block.splitlines(keepends=True):
                if len(line) > self._longest + 1:
                    self._log.text(line)
                else:
                    self._matching.scan(line, self._log)
