"""Files as HTML: Markdown, rendered and sanitised; code, highlighted; and plain text."""

from __future__ import annotations

import posixpath
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from headway.repository.reading import blobs

if TYPE_CHECKING:
    from headway.repository.reading.blobs import File

_HIGHLIGHTED_BYTES = 512 * 1024
_MARKDOWN_BYTES = 512 * 1024

# What Markdown becomes, and nothing that could run, load from elsewhere, or look like a part of our own page.
_TAGS = frozenset(
    "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp "
    "small span strong sub summary sup table tbody td tfoot th thead tr u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "th": {"align"},
    "td": {"align"},
    "ol": {"start"},
    "code": {"class"},
}


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("gfm-like", {"html": True, "linkify": False})


class Place(NamedTuple):
    """Where a text stands, for its relative links: where files and raw files are, and the folder that it is in."""

    files: str
    raw: str
    folder: str


def markdown(text: str, place: Place | None = None) -> Markup:
    """Return Markdown as HTML that is safe to show, whatever it contains.

    Relative links lead to files of the project. Pictures from elsewhere are not loaded, so that nobody learns who
    reads: their alternative text stands instead.
    """
    html = _markdown().render(text)
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=lambda tag, name, value: _address(tag, name, value, place),
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow ugc",
    )
    return Markup(clean)


def _address(tag: str, name: str, value: str, place: Place | None) -> str | None:
    """Return an attribute's value as it shall be; ``None`` takes it away."""
    if name not in ("href", "src"):
        return value
    parts = urlsplit(value)
    if parts.scheme or parts.netloc:
        return value if name == "href" else None
    if place is None or value.startswith("#"):
        return value if name == "href" else None
    base = place.raw if tag == "img" else place.files
    path = posixpath.normpath(posixpath.join("/", place.folder, parts.path)) if parts.path else f"/{place.folder}"
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{base}{path.rstrip('/')}{fragment}"


def rendered_readme(file: File, place: Place | None = None) -> Markup:
    """Return a README as HTML."""
    if file.binary or file.large_file:
        return Markup("")
    text = file.content.data.decode(file.encoding or "utf-8", "replace")
    if file.entry.name.lower().endswith((".md", ".markdown", ".mdown")) and len(text) <= _MARKDOWN_BYTES:
        return markdown(text, place)
    return Markup("<pre>{}</pre>").format(text)


class Rendered(NamedTuple):
    """The lines of a file as HTML. ``whole`` is False where there are more, or some of them are longer."""

    lines: list[Markup]
    whole: bool = True


def rendered_file(file: File) -> Rendered:
    """Return the lines of a text file as HTML, highlighted if its language is known and it is not too long."""
    if file.binary or file.large_file or file.image:
        return Rendered([])
    text = file.content.data.decode(file.encoding or "utf-8", "replace")
    if len(text) <= _HIGHLIGHTED_BYTES and (lines := _highlighted(file.entry.name, text)):
        return Rendered(lines)
    shown = blobs.lines(file)
    whole = shown.complete and not shown.cut and len(shown.lines) == shown.total
    return Rendered([escape(line) for line in shown.lines], whole)


def _highlighted(name: str, text: str) -> list[Markup] | None:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(name, text, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    formatter = HtmlFormatter(nowrap=True)
    from pygments import highlight

    # Pygments closes what it opens at the end of each line, so that lines stand for themselves.
    return [Markup(line) for line in highlight(text, lexer, formatter).split("\n")]
