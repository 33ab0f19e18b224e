"""Parsed YAML, kept between runs: loading libyaml and parsing again would cost a fifth of a short run's time."""

from __future__ import annotations

import marshal
import os
from typing import Any

from headway.kernel.yaml import Mapping, Node, Scalar, Sequence, load

_FORMAT = 1


class ParsedFiles:
    """One file for each workflow, with its text: what was parsed is taken only for the very same text."""

    __slots__ = ("_folder",)

    def __init__(self, cache: str, root: str) -> None:
        self._folder = os.path.join(cache, "parsed", root.strip("/").replace("/", "%"))

    def parse(self, text: str | bytes, path: str) -> Node:
        """Return the nodes of a text, as ``yaml.load`` does. Raises ``InputError`` as that does."""
        kept = os.path.join(self._folder, path.replace("/", "%"))
        try:
            with open(kept, "rb") as file:
                version, same, tree = marshal.loads(file.read())  # noqa: S302 - written by us, for this user alone
            if version == _FORMAT and same == text:
                return _node(tree)
        except (OSError, ValueError, EOFError, TypeError):
            pass
        node = load(text, path)
        self._keep(kept, text, node)
        return node

    def _keep(self, path: str, text: str | bytes, node: Node) -> None:
        """Write the nodes down; where that cannot be done, they are parsed again next time."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            with open(f"{path}.{os.getpid()}", "wb") as file:
                file.write(marshal.dumps((_FORMAT, text, _plain(node))))
            os.replace(f"{path}.{os.getpid()}", path)
        except (OSError, ValueError):
            return


def _plain(node: Node) -> tuple[Any, ...]:
    if isinstance(node, Scalar):
        return tuple(node)
    if isinstance(node, Sequence):
        return ("[", tuple(map(_plain, node.items)), node.line, node.column)
    return ("{", tuple((tuple(key), _plain(value)) for key, value in node.pairs), node.line, node.column)


def _node(tree: tuple[Any, ...]) -> Node:
    if len(tree) != 4:
        return Scalar(*tree)
    kind, items, line, column = tree
    if not isinstance(items, tuple) or not isinstance(line, int) or not isinstance(column, int):
        raise ValueError("what was kept of a parsed file is damaged")
    if kind == "[":
        return Sequence(tuple(map(_node, items)), line, column)
    return Mapping(tuple((Scalar(*key), _node(value)) for key, value in items), line, column)
