"""Looking for a Perl-compatible expression by `git grep`, which can be ended: it may take for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import excerpts, names, process
from headway.repository.reading.errors import CommandError, SearchError
from headway.repository.reading.objects import EMPTY_TREE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.repository.reading.excerpts import Line
    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

_OUTPUT_LIMIT = 16 << 20
_MATCHES = 4


class Found(NamedTuple):
    """What was found, by the name that was asked for. ``complete`` is False if the time was up, or it was too much."""

    lines: dict[str, tuple[Line, ...]]
    complete: bool


def check(repository: Repository, query: Query) -> None:
    """Raise ``SearchError`` for a wrong expression."""
    grep(repository, query, [EMPTY_TREE], 0, 1.0)


def grep(repository: Repository, query: Query, objects: Sequence[str], context: int, seconds: float) -> Found:
    """Return the lines of these blobs that match an expression. Raises ``SearchError`` for a wrong one."""
    if not objects:
        return Found({}, complete=True)
    options = ["-P", *(() if query.case_sensitive else ("-i",)), f"-C{context}"]
    arguments = ("grep", "-n", "-z", "--column", "-I", *options, "-e", query.text, *dict.fromkeys(objects))
    try:
        output = process.run(repository.path, *arguments, seconds=seconds, limit=_OUTPUT_LIMIT, accepted=(0, 1))
    except CommandError as error:
        raise SearchError(f"the regular expression cannot be searched for: {_reason(str(error))}") from None
    data = output.data if output.complete else output.data.rpartition(b"\n")[0]
    return Found(parse(data, context), output.complete)


def parse(data: bytes, context: int) -> dict[str, tuple[Line, ...]]:
    """Return what `git grep -n -z --column` prints."""
    found: dict[str, list[Line]] = {}
    for line in data.split(b"\n"):
        parts = line.split(b"\0", 3)
        if len(parts) >= _MATCHES - 1 and parts[1].isdigit():
            match = int(parts[2]) - 1 if len(parts) == _MATCHES else None
            found.setdefault(names.decode(parts[0]), []).append(excerpts.line(int(parts[1]), parts[-1], match))
    return {name: _first(lines, context) for name, lines in found.items()}


def _first(lines: list[Line], context: int) -> tuple[Line, ...]:
    matching = [line.number for line in lines if line.match is not None]
    if len(matching) <= excerpts.MATCHES_AT_MOST:
        return tuple(lines)
    last = matching[excerpts.MATCHES_AT_MOST - 1]
    kept = (line for line in lines if line.number <= last + context)
    return tuple(line if line.number <= last else line._replace(match=None) for line in kept)


def _reason(said: str) -> str:
    return said.partition("fatal: ")[2].partition("\n")[0] or said
