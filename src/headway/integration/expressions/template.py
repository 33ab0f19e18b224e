"""Text with ``${{ … }}`` segments."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from headway.kernel.errors import HeadwayError

from .errors import ExpressionError
from .parser import Allowed, parse
from .values import WHITE_SPACE

if TYPE_CHECKING:
    from .nodes import Node

OPEN: Final = "${{"

_NOT_CLOSED: Final = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)
_INSERT: Final = "insert"
_INSERT_WITH_MORE: Final = "Exactly 0 parameter(s) were expected following the directive 'insert'."
_INSERT_IN_TEXT: Final = (
    "The directive 'insert' is not allowed in this context. Directives are not supported for expressions that"
    " are embedded within a string. Directives are only supported when the entire value is an expression."
)
_STRING: Final = re.compile(r"'([^']*(?:''[^']*)*)'")
# Up to the closing }} outside of strings.
_BODY: Final = re.compile(r"([^'}]*(?:(?:'[^']*'|\}(?!\}))[^'}]*)*)\}\}")


class Segment(NamedTuple):
    """One expression of a text: its trimmed source with its tree, and where that source stands in the text."""

    source: str
    node: Node
    start: int
    end: int


class TemplateExpression(NamedTuple):
    """A text with expressions: the one expression that it amounts to, its tree, and the segments that were written."""

    source: str
    node: Node
    segments: tuple[Segment, ...]


class InsertDirective(NamedTuple):
    """The text ``${{ insert }}``: the mapping that is its value is merged into the mapping that holds it."""

    start: int
    end: int


class TemplateFault(NamedTuple):
    """One thing wrong with a text: GitHub's message, and the offset in the text that it concerns."""

    message: str
    offset: int


class TemplateError(HeadwayError):
    """A text with faulty expressions; ``faults`` are all of them, in the order of the text."""

    def __init__(self, faults: tuple[TemplateFault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(fault.message for fault in faults))


def parse_template(text: str, allowed: Allowed | None = None) -> str | TemplateExpression | InsertDirective:
    """Return what ``text`` amounts to. Raises TemplateError with all faults of the text.

    That is the text itself when it holds no expression, its only expression when that is all of it, and else
    GitHub's ``format('…{0}…', …)``. An only expression that is just a string is that string. The offset of a fault
    is that of the wrong symbol, of the ``${{`` of an expression that is missing or not closed, or 0 when it is
    the combined expression that breaks a limit.
    """
    return _parse(text, allowed) if OPEN in text else text


@lru_cache(maxsize=1024)
def _parse(text: str, allowed: Allowed | None) -> str | TemplateExpression | InsertDirective:
    reader = _Reader(text, allowed)
    result = reader.read()
    if reader.faults:
        raise TemplateError(tuple(reader.faults))
    return result


class _Reader:
    __slots__ = ("allowed", "faults", "parts", "text")

    def __init__(self, text: str, allowed: Allowed | None) -> None:
        self.text = text
        self.allowed = allowed
        self.parts: list[str | Segment | InsertDirective] = []
        self.faults: list[TemplateFault] = []

    def read(self) -> str | TemplateExpression | InsertDirective:
        self._split()
        if self.faults:
            return self.text
        if len(self.parts) > 1:
            return self._combined()
        only = self.parts[0]
        if not isinstance(only, Segment):
            return only
        if string := _STRING.fullmatch(only.source):
            return string[1].replace("''", "'")
        return TemplateExpression(only.source, only.node, (only,))

    def _split(self) -> None:
        offset = 0
        while (start := self.text.find(OPEN, offset)) >= 0:
            self._literal(self.text[offset:start])
            body = _BODY.match(self.text, start + len(OPEN))
            if not body:
                self._fault(_NOT_CLOSED, start)
                return
            offset = body.end()
            self._segment(body[1], start, offset)
        self._literal(self.text[offset:])

    def _literal(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def _segment(self, body: str, start: int, end: int) -> None:
        source = body.strip(WHITE_SPACE)
        words = source.split(None, 1)
        if not words:
            self._fault("An expression was expected", start)
        elif words[0] != _INSERT:
            self._expression(source, start + len(OPEN) + body.index(source))
        elif source != _INSERT:
            self._fault(_INSERT_WITH_MORE, start)
        elif end - start < len(self.text):
            self._fault(_INSERT_IN_TEXT, start)
        else:
            self.parts.append(InsertDirective(start, end))

    def _expression(self, source: str, start: int) -> None:
        try:
            self.parts.append(Segment(source, parse(source, self.allowed), start, start + len(source)))
        except ExpressionError as error:
            self._fault(error.message, start + error.position - 1)

    def _combined(self) -> str | TemplateExpression:
        segments = tuple(part for part in self.parts if isinstance(part, Segment))
        source = _format_call(self.parts, segments)
        try:
            return TemplateExpression(source, parse(source, self.allowed), segments)
        except ExpressionError as error:
            self._fault(error.message, 0)
            return self.text

    def _fault(self, message: str, offset: int) -> None:
        self.faults.append(TemplateFault(message, offset))


def _format_call(parts: list[str | Segment | InsertDirective], segments: tuple[Segment, ...]) -> str:
    pieces = []
    arguments = 0
    for part in parts:
        if isinstance(part, str):
            pieces.append(part.replace("'", "''").replace("{", "{{").replace("}", "}}"))
        else:
            pieces.append(f"{{{arguments}}}")
            arguments += 1
    return f"format('{''.join(pieces)}', {', '.join(segment.source for segment in segments)})"
