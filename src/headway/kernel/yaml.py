"""YAML text as nodes that know their place: limits, and nothing executable.

The scanner is libyaml; what a plain scalar means (``yaml_nodes``), what an alias may do and how deep a document may
be is decided here.
"""

from __future__ import annotations

from headway.kernel.yaml_nodes import Mapping, Node, Scalar, Sequence, plain_value

MAX_DEPTH = 50
MAX_BYTES = 1024 * 1024


def load(text: str | bytes, path: str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Node:
    """Return the root node of the first document of ``text``; an empty text is a null scalar at 1:1.

    Raises ``InputError`` with the place of the first thing that is not YAML, is not UTF-8, or exceeds a limit:
    ``max_bytes`` of text, ``max_depth`` of nesting, 100,000 nodes after aliases are resolved.
    """
    from headway.kernel.yaml_builder import build  # PyYAML costs 10 ms, and a text that was read before needs none

    return build(text, path, max_bytes, max_depth)


__all__ = ["MAX_BYTES", "MAX_DEPTH", "Mapping", "Node", "Scalar", "Sequence", "load", "plain_value"]
