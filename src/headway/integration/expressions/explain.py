"""Why a condition came out as it did."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from .errors import ExpressionError
from .evaluator import MEMORY, NO_FUNCTIONS, Evaluation
from .functions import FUNCTIONS
from .nodes import Access, Call, Context, children
from .render import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .evaluator import Functions
    from .nodes import Node
    from .values import Value


class Explanation(NamedTuple):
    """One thing that a condition asks about: its text, and its value if it was ``evaluated``, else None."""

    text: str
    value: Value
    evaluated: bool


def explain(
    node: Node, contexts: Mapping[str, Value], functions: Functions = NO_FUNCTIONS, memory: int = MEMORY
) -> list[Explanation]:
    """Return what ``node`` asks about (contexts, status functions, and the like), in the order of the source.

    What was not looked at, because ``&&`` or ``||`` had been decided or because of an error, is not evaluated.
    Each text occurs once.
    """
    leaves = list(_leaves(node))
    evaluation = _Recording(contexts, functions, memory, leaves)
    with suppress(ExpressionError):
        evaluation.result(node)
    return evaluation.explanations()


def _leaves(node: Node) -> Iterator[Node]:
    is_leaf = isinstance(node, (Access, Context))
    if is_leaf or (isinstance(node, Call) and node.name.lower() not in FUNCTIONS and node.name.lower() != "case"):
        yield node
        return
    for child in children(node):
        yield from _leaves(child)


class _Recording(Evaluation):
    """An evaluation that remembers the values of some parts of the tree."""

    __slots__ = ("leaves", "seen")

    def __init__(self, contexts: Mapping[str, Value], functions: Functions, memory: int, leaves: list[Node]) -> None:
        super().__init__(contexts, functions, memory)
        self.leaves = {(leaf.start, leaf.end): text_of(leaf) for leaf in leaves}
        self.seen: dict[str, Value] = {}

    def value(self, node: Node) -> Value:
        value = super().value(node)
        text = self.leaves.get((node.start, node.end))
        if text is not None:
            self.seen[text] = list(value) if isinstance(value, list) else value
        return value

    def explanations(self) -> list[Explanation]:
        texts = dict.fromkeys(self.leaves.values())
        return [Explanation(text, self.seen.get(text), text in self.seen) for text in texts]
