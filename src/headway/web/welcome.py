"""Letting a browser in: the session's cookie, and where to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from headway.web.authenticating import cookie_name
from headway.web.security import safe_return_path

if TYPE_CHECKING:
    from starlette.responses import Response

    from headway.kernel.identity.service import SignedIn


class Welcome:
    """Sets and takes the session's cookie. A session never continues one from before somebody signed in."""

    def __init__(self, session_days: int, *, https: bool) -> None:
        self._seconds = session_days * 86400
        self._https = https

    def in_(self, signed_in: SignedIn, path: str) -> Response:
        """Return the answer to somebody who has signed in; ``path`` is one of our own, whatever was asked for."""
        answer = RedirectResponse(safe_return_path(path), 303)
        answer.set_cookie(
            cookie_name(https=self._https),
            signed_in.secret,
            max_age=self._seconds,
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )
        return answer

    def out(self, path: str) -> Response:
        """Return the answer to somebody who has signed out."""
        answer = RedirectResponse(path, 303)
        answer.delete_cookie(cookie_name(https=self._https), path="/", secure=self._https, httponly=True)
        return answer
