"""What a request says of the browser that sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.identity.service import Browser

if TYPE_CHECKING:
    from starlette.requests import Request


def browser_of(request: Request) -> Browser:
    """Return where somebody signs in from."""
    address = request.client.host if request.client else ""
    return Browser(address, request.headers.get("user-agent", ""))
