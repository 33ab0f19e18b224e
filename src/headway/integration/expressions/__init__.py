"""GitHub's expressions: what stands in ``${{ … }}`` and in ``if:``.

Pure: it opens no file, starts no process, and knows neither clock nor randomness.

``parse`` makes a tree of an expression, ``evaluate`` computes it, ``explain`` tells why it came out
so, and ``parse_template`` finds the expressions in a text.
"""

from .errors import ExpressionError
from .evaluator import MEMORY, evaluate
from .explain import Explanation, explain
from .jsontext import to_json
from .nodes import Access, Call, Comparison, Context, Literal, Logical, Node, Not, Star, walk
from .parser import Allowed, parse
from .queries import STATUS_FUNCTIONS, Mark, Name, names_in, status_functions_in
from .render import text_of
from .template import (
    InsertDirective,
    Segment,
    TemplateError,
    TemplateExpression,
    TemplateFault,
    parse_template,
)
from .values import Value, compare, equals, to_boolean, to_number, to_string

__all__ = [
    "MEMORY",
    "STATUS_FUNCTIONS",
    "Access",
    "Allowed",
    "Call",
    "Comparison",
    "Context",
    "Explanation",
    "ExpressionError",
    "InsertDirective",
    "Literal",
    "Logical",
    "Mark",
    "Name",
    "Node",
    "Not",
    "Segment",
    "Star",
    "TemplateError",
    "TemplateExpression",
    "TemplateFault",
    "Value",
    "compare",
    "equals",
    "evaluate",
    "explain",
    "names_in",
    "parse",
    "parse_template",
    "status_functions_in",
    "text_of",
    "to_boolean",
    "to_json",
    "to_number",
    "to_string",
    "walk",
]
