"""A browser without pictures for tests: it keeps cookies, says where its requests come from, and reads forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.serving import Served

PASSWORD = "seven green bottles"


class Visitor:
    """Somebody with a browser."""

    def __init__(self, served: Served) -> None:
        self.client = httpx.Client(
            base_url=served.url, timeout=30, headers={"Accept": "text/html", "Connection": "close"}
        )

    def see(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query or None)

    def send(self, path: str, origin: str = "", **fields: Any) -> httpx.Response:
        """Send a form from one of our own pages, or from another site."""
        headers = {"Origin": origin} if origin else {"Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers)

    def sign_in(self, handle: str, password: str = PASSWORD) -> httpx.Response:
        return self.send("/-/sign-in", login=handle, password=password)

    @property
    def session(self) -> str:
        return self.client.cookies.get("headway") or ""


def visitor(served: Served, handle: str = "", *, admin: bool = False, email: str | None = None) -> Visitor:
    """Return somebody with a browser, and with an account in which they are signed in if a handle is given."""
    made = Visitor(served)
    if handle:
        from headway.kernel.identity.actors import SYSTEM

        served.headway.platform.identity.create_person(SYSTEM, handle, handle.title(), email, PASSWORD, admin=admin)
        assert made.sign_in(handle).status_code == 303
    return made
