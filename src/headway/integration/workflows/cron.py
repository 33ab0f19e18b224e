"""Schedules as GitHub takes them: POSIX cron with five fields ("Events that trigger workflows", *schedule*)."""

from __future__ import annotations

from typing import NamedTuple


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int | None:
        """Return the number or name as a number within the field's range, else None."""
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.low
        if not (text.isascii() and text.isdigit()):
            return None
        return int(text) if self.low <= int(text) <= self.high else None


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field(
        "month",
        1,
        12,
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ),
    _Field("day of the week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def problem_in_cron(text: str) -> str:
    """Return what is wrong with a cron expression, or an empty text."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"{len(parts)} fields were given, 5 are needed"
    for part, field in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            if not _is_item(item, field):
                return f"'{item}' is not valid for the {field.name} ({field.low} to {field.high})"
    return ""


def _is_item(item: str, field: _Field) -> bool:
    base, slash, step = item.partition("/")
    if slash and not (step.isdigit() and field.number(step)):
        return False
    if base == "*":
        return True
    first, dash, last = base.partition("-")
    start, end = field.number(first), field.number(last if dash else first)
    return start is not None and end is not None and start <= end
