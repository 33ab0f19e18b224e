"""Expressions and contexts for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

CONTEXTS = ("github", "matrix", "Env")
KEYS = ("a", "B", "name", "x-y", "_z", "two words", "1.5", "", "é", "true")
TEXTS = (
    "", "a", "A", "0", "-1", " 12 ", "0x1f", "0o17", "1e3", ".5", "Infinity", "NaN", "true", "null", "1e400",
    "{0}", "{1}{0}", "{{", "}}", "{", "}", "[1, 2]", '{"a": [1, {"b": null}]}', '{"a": 1, "A": 2}', "[[1], [2]]",
    "ß", "SS", "\u0131", "İ", "\ufeff1", "\u00a01", "😀", "\uffff", "\t\n", "\x85",
)  # fmt: skip
OPERATORS = ("&&", "||", "==", "!=", "<", "<=", ">", ">=")

# Two quotes in one string meet a fault of the npm package; see differences.json.
texts = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8", exclude_characters="'"), max_size=6)
numbers = (
    st.integers(-3, 300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-100, 100)
    | st.sampled_from((1e21, 1e-7, 2**53 + 2, 2**-16, 5e-16, 1e-15, 0.1 + 0.2, -0.0))
)
spaces = st.sampled_from(("", "", "", " ", "  ", "\n", "\t"))

json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
contexts = st.fixed_dictionaries(dict.fromkeys(CONTEXTS, json_values))

NUMBERS = ("0", "1", "2", "-1", "+1", ".5", "-.5", "1.", "1e3", "1E-7", "0xff", "0XF", "0o17", "1e21", "-0", "Infinity")

number_texts = st.sampled_from(NUMBERS) | numbers.map(repr)
literals = st.sampled_from(("true", "false", "null", "NaN")) | number_texts | texts.map(lambda text: f"'{text}'")


@st.composite
def accesses(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A context with some properties, filters and indexes behind it."""
    text = draw(st.sampled_from(CONTEXTS).map(str.upper) | st.sampled_from(CONTEXTS))
    keys = st.sampled_from(
        (".a", ".b", ".NAME", ".x-y", " . true", ".*", "[*]", "[0]", "[1.5]", "['two words']", "[-1]")
    )
    for key in draw(st.lists(keys | inner.map(lambda index: f"[{index}]"), max_size=3)):
        text += key
    return text


@st.composite
def calls(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A call of a built-in function, mostly with as many arguments as it takes."""
    counts = {"contains": 2, "startsWith": 2, "endsWith": 2, "toJSON": 1, "fromJSON": 1, "join": 2, "FORMAT": 3}
    name, count = draw(st.sampled_from(tuple(counts.items())))
    if name in ("join", "FORMAT"):
        count = draw(st.integers(0, count + 1))
    arguments = draw(st.lists(inner, min_size=count, max_size=count))
    if name == "FORMAT" and arguments and draw(st.booleans()):
        arguments[0] = f"'{draw(texts)}'"
    space = draw(spaces)
    return f"{name}{space}({space}{f'{space},'.join(arguments)})"


@st.composite
def operations(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """Some operands with operators between them."""
    text = draw(inner)
    for operator in draw(st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=3)):
        space = draw(spaces)
        text += f"{space}{operator}{space}{draw(inner)}"
    return text


@st.composite
def wrapped(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """An expression that is negated or in parentheses."""
    before, after = draw(
        st.sampled_from((("!", ""), ("(", ")"), ("! ", ""), ("( ", " )"), ("(", ").a"), ("(", ")[0]")))
    )
    return f"{before}{draw(inner)}{after}"


expressions = st.recursive(
    literals | accesses(literals),
    lambda inner: accesses(inner) | calls(inner) | operations(inner) | wrapped(inner),
    max_leaves=6,
)

TOKENS = (
    "(", ")", "[", "]", ",", ".", "!", "!=", "==", "=", "<", "<=", ">", ">=", "&&", "&", "||", "|", "*", "-", "+",
    "1", "'a'", "'", "''", "github", "a", "_", "true", "null", "NaN", "format", "contains", "0x", "0xf", ".5", "1.5",
    "@", "é", '"x"', "-x", "1a", "\x0b", "\u00a0",
)  # fmt: skip

token_soup = st.lists(st.sampled_from(TOKENS) | spaces, max_size=9).map("".join)
