"""Hiding secrets in what a job writes.

GitHub documents this under "Masking a value in a log" (Workflow commands for GitHub Actions) and "Using secrets
in GitHub Actions".
"""

from __future__ import annotations

import re
import threading
from typing import NamedTuple

from headway.integration.execution.output.encodings import forms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STARS = b"***"
_WINDOW = 4
_RECENT = 8
# Bytes of ordinary logs, from common to rare; what is missing here is rarer still.
_COMMON = b" e0taoi1nsr2hl3d-c:.4u5m6f78p9g/wy_bv,k=()\"'TSIEAxRCNDOLPMFj[]BGUqHz"
_RARITY = {byte: rank for rank, byte in enumerate(_COMMON)}


class MaskSet:
    """The secrets of a job. `apply` hides them; safe to use from all threads.

    The empty set costs nothing. Otherwise one regular expression looks for a rare piece of each secret, and only
    where one is seen does the exact search run.
    """

    __slots__ = ("_filter", "_lock", "_patterns", "_seen", "longest")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._seen: set[bytes] = set()
        self._patterns: list[bytes] = []  # only ever appended to, so it is read without the lock
        self._filter = _Filter(None, 0)
        self.longest = 0
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide ``value``, each of its lines, and the usual encodings of them; blank values are ignored."""
        lines = sorted({line.strip() for line in re.split(r"[\r\n]", value)})
        with self._lock:
            for text in (value, value.replace("\r\n", "\n"), *lines):
                if text and not text.isspace():
                    self._add(text)

    def _add(self, text: str) -> None:
        fresh = [form for form in dict.fromkeys(forms(text)) if form not in self._seen]
        if fresh:
            self._seen.update(fresh)
            self.longest = max(self.longest, *map(len, fresh))
            self._patterns += fresh

    def apply(self, data: bytes) -> bytes:
        """Give ``data`` with every secret replaced by ``***``; secrets that overlap or touch become one."""
        patterns = self._present(data)
        return _replace(data, _merge(_occurrences(data, patterns))) if patterns else data

    def line(self, text: str) -> bytes:
        """Give a text as the log takes it: masked, encoded, with a line end if it has none."""
        ended = text if text.endswith("\n") else f"{text}\n"
        return self.apply(ended.encode(errors="surrogateescape"))

    def apply_text(self, text: str) -> str:
        """Give a text with every secret replaced by ``***``."""
        data = text.encode(errors="surrogateescape")
        masked = self.apply(data)
        return text if masked is data else masked.decode(errors="surrogateescape")

    def apply_lines(self, data: bytes) -> bytes:
        """As `apply`, except that no secret reaches over the end of a line: lines can be masked one by one."""
        patterns = [pattern for pattern in self._present(data) if not _has_line_end(pattern)]
        return _replace(data, _merge(_occurrences(data, patterns))) if patterns else data

    def apply_piece(self, data: bytes, covered: int, *, last: bool) -> tuple[bytes, bytes, int]:
        """Mask a piece of a line that is longer than what is kept in memory.

        ``covered`` is how many bytes at the front belong to a secret for which ``***`` was given already, with 0
        for a secret that ended right before and -1 for none. Returns what can be given now, what has to wait for
        the next piece (nothing if this is the ``last``), and how much of that is covered.
        """
        cut = len(data) if last else max(len(data) - max(self.longest - 1, 0), 0)
        if not cut:
            return b"", data, covered
        patterns = [pattern for pattern in self._present(data) if not _has_line_end(pattern)]
        found = [] if covered < 0 else [(0, covered)]
        found += [span for span in _occurrences(data, patterns) if span[0] < cut]
        merged = _merge(found)
        head = _replace(data[:cut], [(start, min(end, cut)) for start, end in merged])
        reach = merged[-1][1] - cut if merged else -1
        return head if covered < 0 else head[len(STARS) :], data[cut:], max(reach, -1)

    def _present(self, data: bytes) -> list[bytes]:
        """List the patterns that occur in ``data``."""
        patterns, quick = self._patterns, self._filter
        if len(patterns) - quick.size > max(_RECENT, quick.size // 4):
            quick = self._filter = _Filter.of(patterns[:])
        if quick.regex is not None and quick.regex.search(data) is None:
            patterns = patterns[quick.size :]
        return [pattern for pattern in patterns if pattern in data]


class _Filter(NamedTuple):
    """A regular expression that finds something wherever one of the first ``size`` patterns occurs."""

    regex: re.Pattern[bytes] | None
    size: int

    @classmethod
    def of(cls, patterns: Sequence[bytes]) -> _Filter:
        pieces = sorted({_rare_piece(pattern) for pattern in patterns})
        return cls(re.compile(b"|".join(map(re.escape, pieces))), len(patterns))


def _rare_piece(pattern: bytes) -> bytes:
    """Choose the piece of a pattern whose first byte is the rarest in ordinary logs."""
    starts = range(max(len(pattern) - _WINDOW, 0) + 1)
    start = max(starts, key=lambda at: _RARITY.get(pattern[at], len(_RARITY)))
    return pattern[start : start + _WINDOW]


def _has_line_end(pattern: bytes) -> bool:
    return b"\n" in pattern or b"\r" in pattern


def _occurrences(data: bytes, patterns: Iterable[bytes]) -> Iterator[tuple[int, int]]:
    """Find every occurrence of every pattern, also those that overlap."""
    for pattern in patterns:
        at = data.find(pattern)
        while at >= 0:
            yield at, at + len(pattern)
            at = data.find(pattern, at + 1)


def _merge(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the spans that overlap or touch."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _replace(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    parts: list[bytes] = []
    done = 0
    for start, end in spans:
        parts += (data[done:start], STARS)
        done = end
    return b"".join((*parts, data[done:]))
