"""What all pages with forms have in common: a form is sent, and then the browser goes on or sees what was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import RedirectResponse

from headway.kernel.errors import HeadwayError, InputError, UnauthenticatedError
from headway.kernel.identity.tokens import Wanted
from headway.web.failures import status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from headway.kernel.platform import Platform
    from headway.web.rendering import Pages

DONE = {
    "saved": "Saved.",
    "password": "The password was changed, and all other browsers were signed out.",
    "mailed": "A link is on its way to that address. The address counts once you have followed it.",
    "confirmed": "The address is confirmed.",
    "linked": "The identity was linked. You can sign in with it from now on.",
    "unlinked": "The identity is no longer linked.",
    "ended": "Signed out there.",
    "revoked": "The token was revoked. What used it no longer works.",
    "key": "The key was added.",
    "removed": "Removed.",
    "invited": "The invitation is on its way.",
    "taken-back": "The invitation was taken back.",
    "deleted": "The team was deleted.",
    "left": "You left the team.",
    "suspended": "Suspended. Sessions ended, and tokens no longer work.",
    "reinstated": "Reinstated.",
    "read": "Everything is read.",
}
"""What a page says after a form was sent, by the word in its address: no text of anybody else gets there."""


class Forms:
    """Shows pages with forms, and answers what is sent from them."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self.platform = platform
        self._pages = pages

    def show(
        self, request: Request, template: str, values: Mapping[str, Any], problem: str = "", status: int = 200
    ) -> Response:
        """Return a page."""
        done = DONE.get(request.query_params.get("done", ""), "")
        return self._pages.render(request, template, {"problem": problem, "done": done, **values}, status)

    def show_once(self, request: Request, template: str, values: Mapping[str, Any]) -> Response:
        """Return a page with a secret on it, which no cache keeps."""
        answer = self.show(request, template, values)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def submitted(work: Callable[[], object], then: str, again: Callable[[str, int], Response]) -> Response:
    """Do what a form asks for, and go on to ``then``; what is wrong is said on the page that ``again`` returns."""
    try:
        work()
    except UnauthenticatedError:
        raise
    except HeadwayError as error:
        return again(words_of(error), status_of(error)[0])
    return RedirectResponse(then, 303)


def words_of(error: HeadwayError) -> str:
    """Return an error in words for a page."""
    if isinstance(error, InputError):
        return "; ".join(f"{each.message}. {each.hint}".rstrip(". ") for each in error.problems)
    return str(error)


def required(request: Request, what: str = "see this page") -> None:
    """Raise ``UnauthenticatedError`` when nobody is signed in, so that the browser is asked to."""
    if request.state.actor.is_anonymous:
        raise UnauthenticatedError(f"sign in to {what}")


def wanted_token(now: datetime, name: str, days: int, scopes: list[str]) -> Wanted:
    """Return what a new token shall be; 0 days: it does not expire."""
    return Wanted(name, tuple(scopes), now + timedelta(days=min(days, 3650)) if days > 0 else None)


def segment(text: str) -> str:
    """Return a text as one part of an address."""
    return quote(text, safe="")
