"""How a browser leaves for a provider and comes back. Free of what speaking with one takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.kernel.identity.service import SignedIn


class Departure(NamedTuple):
    """Where to send the browser, and the secret that it keeps in a cookie until it comes back."""

    address: str
    browser: str


class Return(NamedTuple):
    """What a browser comes back with."""

    state: str
    code: str
    browser: str
    issuer: str | None = None


class Arrival(NamedTuple):
    """Where to go on; ``session`` is ``None`` when an identity was linked to the account of who is signed in."""

    next_path: str
    session: SignedIn | None
