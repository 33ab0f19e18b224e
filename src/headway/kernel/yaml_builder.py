"""The events of libyaml → nodes, and its errors → problems with a place and a hint."""

from __future__ import annotations

from typing import Any, NoReturn

import yaml as pyyaml

from headway.kernel.errors import InputError, Problem
from headway.kernel.yaml_nodes import Mapping, Node, Scalar, Sequence, plain_value

MAX_NODES = 100_000

# libyaml reads a megabyte in 40 ms; PyYAML's own scanner, for platforms without it, needs twenty times as long.
_Parser: Any = vars(pyyaml.cyaml)["CParser"] if pyyaml.__with_libyaml__ else pyyaml.BaseLoader
_TAG = "tag:yaml.org,2002:"


def build(text: str | bytes, path: str, max_bytes: int, max_depth: int) -> Node:
    """Return the root node of a text; see ``headway.kernel.yaml.load``."""
    if len(text) > max_bytes:
        _refuse(path, 0, 0, f"The maximum file size of {max_bytes} characters has been exceeded")
    if isinstance(text, bytes):
        text = _decoded(text, path)
    try:
        return _Builder(text, path, max_depth).document()
    except pyyaml.reader.ReaderError as error:
        line, column = _place(text, int(error.position))
        _refuse(path, line, column, f"The character {_shown(error.character)} is not allowed in YAML")
    except pyyaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        context = f" {error.context}" if error.context else ""
        _refuse(
            path,
            line,
            column,
            f"This is not valid YAML: {error.problem or 'unreadable'}{context}",
            _hint(error),
        )
    except RecursionError:
        _refuse(path, 0, 0, "Maximum object depth exceeded")


class _Builder:
    """Turns the events of one document into nodes."""

    __slots__ = ("anchors", "depth", "events", "max_depth", "nodes", "path")

    def __init__(self, text: str, path: str, max_depth: int) -> None:
        self.events = _Parser(text)
        self.path = path
        self.max_depth = max_depth
        self.depth = 0
        self.nodes = 0
        self.anchors: dict[str, tuple[Node, int]] = {}

    def document(self) -> Node:
        self.events.get_event()  # the start of the stream
        start = self.events.get_event()
        if isinstance(start, pyyaml.StreamEndEvent):
            return Scalar(None, "", 1, 1)
        root = self.node(self.events.get_event())
        self.events.get_event()  # the end of the document
        following = self.events.get_event()
        if not isinstance(following, pyyaml.StreamEndEvent):
            mark = following.start_mark
            _refuse(self.path, mark.line + 1, mark.column + 1, "Only one YAML document is allowed in a file")
        return root

    def node(self, event: Any) -> Node:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        before = self.nodes
        if isinstance(event, pyyaml.AliasEvent):
            return self.alias(str(event.anchor), line, column)
        self.count(1, line, column)
        node: Node
        if isinstance(event, pyyaml.ScalarEvent):
            node = self.scalar(event, line, column)
        else:
            self.depth += 1
            if self.depth > self.max_depth:
                _refuse(self.path, 0, 0, "Maximum object depth exceeded", f"at line {line}, column {column}")
            node = (
                self.sequence(line, column)
                if isinstance(event, pyyaml.SequenceStartEvent)
                else self.mapping(line, column)
            )
            self.depth -= 1
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, self.nodes - before)
        return node

    def sequence(self, line: int, column: int) -> Sequence:
        items = []
        while not isinstance(event := self.events.get_event(), pyyaml.SequenceEndEvent):
            items.append(self.node(event))
        return Sequence(tuple(items), line, column)

    def mapping(self, line: int, column: int) -> Mapping:
        pairs: list[tuple[Scalar, Node]] = []
        while not isinstance(event := self.events.get_event(), pyyaml.MappingEndEvent):
            key = self.node(event)
            if not isinstance(key, Scalar):
                _refuse(self.path, key.line, key.column, "A key must be a scalar, not a sequence or a mapping")
            pairs.append((key, self.node(self.events.get_event())))
        return Mapping(tuple(pairs), line, column)

    def alias(self, name: str, line: int, column: int) -> Node:
        if name not in self.anchors:
            _refuse(
                self.path,
                line,
                column,
                f"The alias '*{name}' refers to an anchor that is not defined before it",
            )
        node, size = self.anchors[name]
        self.count(size, line, column)
        return node

    def count(self, nodes: int, line: int, column: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            _refuse(
                self.path,
                line,
                column,
                f"The document has more than {MAX_NODES:,} nodes (aliases counted in full)",
            )

    def scalar(self, event: Any, line: int, column: int) -> Scalar:
        text: str = event.value
        tag = event.tag
        if tag is None or tag == "!":
            value = plain_value(text) if event.implicit[0] and tag is None else text
            return Scalar(value, text, line, column, event.style or "")
        kind = tag.removeprefix(_TAG)
        if kind == "str":
            return Scalar(text, text, line, column, event.style or "")
        value = plain_value(text)
        fits = {
            "null": value is None,
            "bool": isinstance(value, bool),
            "int": isinstance(value, int) and not isinstance(value, bool),
            "float": isinstance(value, int | float) and not isinstance(value, bool),
        }
        if kind not in fits:
            _refuse(
                self.path,
                line,
                column,
                f"Unexpected tag '{tag}'",
                "expected one of !!str, !!int, !!float, !!bool, !!null",
            )
        if not fits[kind]:
            _refuse(self.path, line, column, f"The value '{text}' is invalid for the type '{tag}'")
        return Scalar(value, text, line, column, event.style or "")


def _refuse(path: str, line: int, column: int, message: str, hint: str = "") -> NoReturn:
    raise InputError([Problem(path, line, column, message, hint, rule="yaml")])


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        _refuse(path, line, column, f"The byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")


def _place(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


def _shown(character: Any) -> str:
    code = character if isinstance(character, int) else ord(str(character)[:1] or "\0")
    return f"U+{code:04X}"


def _hint(error: pyyaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if "'\\t'" in problem or "tab" in problem:
        return "YAML does not allow tabs for indentation: use spaces"
    if "mapping values are not allowed" in problem:
        return "quote the value if it contains ': ', or check the indentation of this line"
    if "could not find expected ':'" in problem:
        return "a key needs a colon after it; check the indentation of the lines around this one"
    if "did not find expected" in problem:
        return "check the indentation, and that every bracket and quote is closed"
    return ""
