"""The trigrams that every text must hold that an expression matches, as a condition for the index. Pure.

As Russ Cox has it in "Regular Expression Matching with a Trigram Index" (2012): of each part of the expression all
texts that it matches are known, or how they begin and end and what they hold; for two parts in a row this follows.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading.syntax import Anything, Characters, Choice, Repeated, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.repository.reading.syntax import Node

_GRAM = 3
_END = _GRAM - 1
_TEXTS_AT_MOST = 16
_COPIES_AT_MOST = 8
_GRAMS_AT_MOST = 24
_ALL_GRAMS_AT_MOST = 400

Texts = frozenset[str]
_UNKNOWN: Texts = frozenset(("",))


class Condition(NamedTuple):
    """Trigrams and conditions, of which a text fulfils all, or any if ``any_`` is set. An empty one demands nothing."""

    grams: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()
    any_: bool = False

    def holds(self, grams: set[str]) -> bool:
        """Whether a text with these trigrams fulfils it."""
        if self == NO_CONDITION:
            return True
        every = (*(gram in grams for gram in self.grams), *(part.holds(grams) for part in self.parts))
        return any(every) if self.any_ else all(every)

    def match(self) -> str:
        """Return the query for the index of trigrams, empty if it demands nothing."""
        quoted = ['"' + gram.replace('"', '""') + '"' for gram in self.grams]
        every = [*quoted, *(f"({part.match()})" for part in self.parts)]
        return (" OR " if self.any_ else " AND ").join(every)

    @property
    def size(self) -> int:
        """How many trigrams it has."""
        return len(self.grams) + sum(part.size for part in self.parts)


NO_CONDITION = Condition()


class _Known(NamedTuple):
    """What is known of the texts that a part matches: all of them, or the first and last characters of each."""

    exact: Texts | None
    starts: Texts
    ends: Texts
    condition: Condition


_ANYTHING = _Known(None, _UNKNOWN, _UNKNOWN, NO_CONDITION)
_NOTHING = _Known(_UNKNOWN, _UNKNOWN, _UNKNOWN, NO_CONDITION)


def condition(node: Node) -> Condition:
    """Return the condition that every text fulfils in which the expression matches."""
    found = _loose(_known(node)).condition
    return found if found.size <= _ALL_GRAMS_AT_MOST else NO_CONDITION


def grams(text: str) -> list[str]:
    """Return the parts of three characters that a text has."""
    return [text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)]


def _known(node: Node) -> _Known:
    match node:
        case Anything():
            return _ANYTHING
        case Characters(options):
            return _Known(options, options, options, NO_CONDITION)
        case Sequence(parts):
            return _joined(map(_known, parts))
        case Choice(options):
            return _chosen([_known(option) for option in options])
        case Repeated(part, least, most):
            return _repeated(_known(part), least, most)


def _joined(parts: Iterable[_Known]) -> _Known:
    found = _NOTHING
    for part in parts:
        found = _followed(found, part)
    return found


def _followed(one: _Known, other: _Known) -> _Known:
    if one.exact is not None and other.exact is not None:
        together = _combined(one.exact, other.exact)
        if together is not None:
            return _Known(together, together, together, NO_CONDITION)
    first, second = _loose(one), _loose(other)
    # What stands on both sides of the seam; what lies on one side of it is in the condition of that side.
    seam = _combined(first.ends, second.starts)
    starts = _combined(one.exact, second.starts) if one.exact is not None else first.starts
    ends = _combined(first.ends, other.exact) if other.exact is not None else second.ends
    return _Known(
        None,
        _cut(starts, slice(0, _END)) if starts is not None else first.starts,
        _cut(ends, slice(-_END, None)) if ends is not None else second.ends,
        _all((first.condition, second.condition, _demanded(seam or _UNKNOWN))),
    )


def _chosen(options: list[_Known]) -> _Known:
    exact = [option.exact for option in options if option.exact is not None]
    if len(exact) == len(options):
        together = frozenset[str]().union(*exact)
        if len(together) <= _TEXTS_AT_MOST:
            return _Known(together, together, together, NO_CONDITION)
    loose = [_loose(option) for option in options]
    return _Known(
        None,
        _bounded(frozenset[str]().union(*(option.starts for option in loose))),
        _bounded(frozenset[str]().union(*(option.ends for option in loose))),
        _any(option.condition for option in loose),
    )


def _repeated(part: _Known, least: int, most: int | None) -> _Known:
    if least == 0:
        return _chosen([part, _NOTHING]) if most == 1 else _NOTHING if most == 0 else _ANYTHING
    copies = _joined([part] * min(least, _COPIES_AT_MOST))
    # More copies begin with these, and end with them.
    return copies if most == least <= _COPIES_AT_MOST else _loose(copies)


def _loose(known: _Known) -> _Known:
    """The same, without the list of all texts."""
    if known.exact is None:
        return known
    starts, ends = _cut(known.exact, slice(0, _END)), _cut(known.exact, slice(-_END, None))
    return _Known(None, starts, ends, _demanded(known.exact))


def _combined(firsts: Texts, seconds: Texts) -> Texts | None:
    """Each of the first texts with each of the second, or None if they are too many."""
    if len(firsts) * len(seconds) > _TEXTS_AT_MOST:
        return None
    return frozenset(first + second for first, second in product(firsts, seconds))


def _cut(texts: Texts, part: slice) -> Texts:
    return _bounded(frozenset(text[part] for text in texts))


def _bounded(texts: Texts) -> Texts:
    return texts if 0 < len(texts) <= _TEXTS_AT_MOST else _UNKNOWN


def _demanded(texts: Texts) -> Condition:
    """That one of these texts is there."""
    return _any(Condition(tuple(dict.fromkeys(grams(text)))[:_GRAMS_AT_MOST]) for text in sorted(texts))


def _all(conditions: Iterable[Condition]) -> Condition:
    held: dict[str, None] = {}
    parts: dict[Condition, None] = {}
    for one in conditions:
        if one.any_:
            parts[one] = None
        else:
            held.update(dict.fromkeys(one.grams))
            parts.update(dict.fromkeys(one.parts))
    # Fewer demands let more texts through, and never one too few.
    return Condition(tuple(held)[:_GRAMS_AT_MOST], tuple(parts)[:_GRAMS_AT_MOST])


def _any(conditions: Iterable[Condition]) -> Condition:
    every = tuple(dict.fromkeys(conditions))
    if NO_CONDITION in every or not every:
        return NO_CONDITION
    if len(every) == 1:
        return every[0]
    common = [gram for gram in every[0].grams if all(gram in one.grams and not one.any_ for one in every)]
    if common and not every[0].any_:
        # What all demand is asked for once.
        rest = (one._replace(grams=tuple(gram for gram in one.grams if gram not in common)) for one in every)
        return _all((Condition(tuple(common)), _any(rest)))
    single = tuple(one.grams[0] for one in every if one.size == len(one.grams) == 1)
    return Condition(single, tuple(one for one in every if one.size > 1), any_=True)
