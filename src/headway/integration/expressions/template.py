"""Text with ``${{ … }}`` segments."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from headway.kernel.errors import HeadwayError

from .errors import ExpressionError
from .parser import Allowed, parse

if TYPE_CHECKING:
    from .nodes import Node

OPEN: Final = "${{"

_NOT_CLOSED: Final = (
    "The expression is not closed. An unescaped ${{ sequence was found,"
    " but the closing }} sequence was not found."
)
_INSERT_IN_TEXT: Final = (
    "The directive 'insert' is not allowed in this context. Directives are not supported for expressions that are"
    " embedded within a string. Directives are only supported when the entire value is an expression."
)
_LITERAL: Final = re.compile(r"'((?:[^']|'')*+)'")
# A closing }} outside of strings. A string that is not closed runs to the end, and so does the expression.
_BODY: Final = re.compile(r"((?:[^'}]|'[^']*+'|\}(?!\}))*+)\}\}")


class Segment(NamedTuple):
    """One expression of a text: its trimmed source, and the offsets in the text of that source."""

    source: str
    node: Node
    start: int
    end: int


class TemplateExpression(NamedTuple):
    """A text with expressions: the one expression that it amounts to, and the segments that were written."""

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
    """Everything that is wrong with one text."""

    def __init__(self, errors: tuple[TemplateFault, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(error.message for error in errors))


def parse_template(text: str, allowed: Allowed | None = None) -> str | TemplateExpression | InsertDirective:
    """Return what ``text`` amounts to. Raises TemplateError with all faults of the text.

    That is the text itself when it holds no expression, its only expression when that is all of it, and else
    GitHub's ``format('…{0}…', …)``. Expressions that are just a string become part of the text.
    """
    return _parse(text, allowed) if OPEN in text else text


@lru_cache(maxsize=4096)
def _parse(text: str, allowed: Allowed | None) -> str | TemplateExpression | InsertDirective:
    reader = _Reader(text, allowed)
    reader.read()
    if reader.errors:
        raise TemplateError(tuple(reader.errors))
    return reader.result()


class _Reader:
    __slots__ = ("allowed", "directive", "errors", "parts", "text")

    def __init__(self, text: str, allowed: Allowed | None) -> None:
        self.text = text
        self.allowed = allowed
        self.parts: list[str | Segment] = []
        self.errors: list[TemplateFault] = []
        self.directive: InsertDirective | None = None

    def read(self) -> None:
        text, offset = self.text, 0
        while (start := text.find(OPEN, offset)) >= 0:
            self.parts.append(text[offset:start])
            body = _BODY.match(text, start + len(OPEN))
            if not body:
                self.errors.append(TemplateFault(_NOT_CLOSED, start))
                return
            offset = body.end()
            self._segment(body[1], start, offset)
        self.parts.append(text[offset:])

    def _segment(self, body: str, start: int, end: int) -> None:
        source = body.strip()
        at = start + len(OPEN) + len(body) - len(body.lstrip())
        if not source:
            self.errors.append(TemplateFault("An expression was expected", start))
        elif source.split(None, 1)[0] == "insert":
            self._insert(source, start, end)
        elif literal := _LITERAL.fullmatch(source):
            self.parts.append(literal[1].replace("''", "'"))
        else:
            self._expression(source, at)

    def _expression(self, source: str, at: int) -> None:
        try:
            self.parts.append(Segment(source, parse(source, self.allowed), at, at + len(source)))
        except ExpressionError as error:
            self.errors.append(TemplateFault(error.message, at + error.position - 1))

    def _insert(self, source: str, start: int, end: int) -> None:
        if len(source) > len("insert"):
            message = "Exactly 0 parameter(s) were expected following the directive 'insert'."
            message += f" Actual parameter count: {len(source.split()) - 1}"
            self.errors.append(TemplateFault(message, start))
        elif end - start < len(self.text):
            self.errors.append(TemplateFault(_INSERT_IN_TEXT, start))
        else:
            self.directive = InsertDirective(start, end)

    def result(self) -> str | TemplateExpression | InsertDirective:
        if self.directive:
            return self.directive
        segments = tuple(part for part in self.parts if isinstance(part, Segment))
        if not segments:
            return "".join(part for part in self.parts if isinstance(part, str))
        if len(segments) == 1 and not any(part for part in self.parts if isinstance(part, str)):
            return TemplateExpression(segments[0].source, segments[0].node, segments)
        source = _combined(self.parts, segments)
        return TemplateExpression(source, parse(source, self.allowed), segments)


def _combined(parts: list[str | Segment], segments: tuple[Segment, ...]) -> str:
    pieces, index = [], 0
    for part in parts:
        if isinstance(part, str):
            pieces.append(part.replace("'", "''").replace("{", "{{").replace("}", "}}"))
        else:
            pieces.append(f"{{{index}}}")
            index += 1
    return f"format('{''.join(pieces)}', {', '.join(segment.source for segment in segments)})"
