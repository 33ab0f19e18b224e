"""Pages from templates. Whatever a template is given is escaped, unless it is markup of our own."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from headway import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2.runtime import Context
    from starlette.requests import Request

STATIC = Path(__file__).parent / "static"


class Pages:
    """All templates: those of the shell by their names, those of a room as ``room/name``."""

    def __init__(self, rooms: Mapping[str, str] | None = None) -> None:
        loaders = {room: PackageLoader(package) for room, package in (rooms or {}).items()}
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader("headway.web"), PrefixLoader(loaders)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(ago=ago, browser=browser, count=count, sentence=sentence, size=size)
        self._environment.filters["sha"] = short_sha
        self._environment.globals.update(static=static_address, version=__version__, when=when, unread=_none)

    def provide(self, **functions: Callable[..., Any]) -> None:
        """Let all templates call these."""
        self._environment.globals.update(functions)

    def render(
        self, request: Request, template: str, values: Mapping[str, Any] | None = None, status: int = 200
    ) -> HTMLResponse:
        """Return a page. ``request.state`` has who looks at it."""
        text = self._environment.get_template(template).render(
            request=request, actor=request.state.actor, path=request.url.path, **(values or {})
        )
        return HTMLResponse(text, status, headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"})


_hashes: dict[str, str] = {}


def static_address(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that browsers may keep it for ever."""
    if name not in _hashes:
        _hashes[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/-/static/{_hashes[name]}/{name}"


def _none(_actor: object) -> int:
    return 0


def sentence(text: str) -> str:
    """Return a message as a sentence: its first letter is a capital, and it ends with a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


def browser(agent: str) -> str:
    """Return which browser on which system a User-Agent stands for, as far as it is one of the usual."""
    name = next((name for mark, name in _BROWSERS if f"{mark}/" in agent), "")
    system = next((system for system in _SYSTEMS if system in agent), "")
    return " on ".join(part for part in (name, system.replace("Mac OS X", "macOS")) if part) or agent[:60] or "unknown"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 commit``, ``1,204 commits``."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def size(number: int) -> str:
    """Return a number of bytes for people: ``812 B``, ``1.4 MB``."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("the last unit takes any value")


def short_sha(oid: str) -> str:
    """Return the first digits of a hash, as git shows it."""
    return oid[:10]


_STEPS = ((60, "second", 1), (3600, "minute", 60), (86400, "hour", 3600), (86400 * 30, "day", 86400))


def ago(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was: ``3 hours ago``."""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 45:
        return "just now"
    for limit, unit, length in _STEPS:
        if seconds < limit:
            return f"{count(int(seconds // length), unit)} ago"
    days = int(seconds // 86400)
    return f"{count(days // 30, 'month')} ago" if days < 365 else f"{count(days // 365, 'year')} ago"


@pass_context
def when(_context: Context, moment: datetime) -> Markup:
    """Return a time as an element: how long ago, with the exact time as its title."""
    exact = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), exact.strftime("%Y-%m-%d %H:%M:%S UTC"), ago(exact)
    )
