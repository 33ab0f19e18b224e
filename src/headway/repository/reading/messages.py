"""The parts of a commit's message: subject, body, trailers. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)", re.DOTALL)
_GITS_OWN = ("Signed-off-by:", "(cherry picked from commit ")
_SHARE = 4


class Trailer(NamedTuple):
    """A line ``Key: value`` at the end of a message, such as ``Co-authored-by``."""

    key: str
    value: str


def split(message: str) -> tuple[str, str]:
    """Return subject and body. The subject is the first paragraph, on one line, as Git has it."""
    text = message.replace("\r\n", "\n").strip("\n")
    subject, *rest = _PARAGRAPHS.split(text.lstrip(), maxsplit=1)
    return " ".join(subject.split()), rest[0].strip("\n") if rest else ""


def trailers(message: str) -> tuple[Trailer, ...]:
    """Return the trailers of a message, in their order, by the rule of ``git interpret-trailers``.

    They are in the last paragraph, which is not the subject, and of which every line is one; or a quarter, if one of
    them is Git's own. A line that begins with white space continues the one before.
    """
    body = split(message)[1]
    if not body:
        return ()
    lines: list[str] = []
    for line in _PARAGRAPHS.split(body.rstrip())[-1].split("\n"):
        if line[:1] in {" ", "\t"} and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    found = [match for line in lines if (match := _TRAILER.fullmatch(line))]
    own = any(line.startswith(_GITS_OWN) for line in lines)
    count = len(found) + sum(line.startswith(_GITS_OWN[1]) for line in lines)
    if count < len(lines) and not (own and count * _SHARE >= len(lines)):
        return ()
    return tuple(Trailer(match[1], match[2].strip()) for match in found)
