"""Choosing a new password by a link, and confirming an e-mail address."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.errors import ExpiredLinkError
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, required, segment, submitted, words_of
from headway.web.rendering import Pages
from headway.web.requests import browser_of
from headway.web.security import require_own_origin
from headway.web.welcome import Welcome

Text = Annotated[str, Form(max_length=300)]


class RecoveryPages:
    """Pages for those who forgot their password."""

    def __init__(self, platform: Platform, pages: Pages, welcome: Welcome) -> None:
        self._recovery = platform.recovery
        self._forms = Forms(platform, pages)
        self._welcome = welcome

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-")
        add = router.add_api_route
        add("/password", self.request_page, methods=["GET"])
        add("/password", self.request, methods=["POST"])
        add("/password/{secret}", self.reset_page, methods=["GET"])
        add("/password/{secret}", self.reset, methods=["POST"])
        add("/email/{secret}", self.confirm_page, methods=["GET"])
        add("/email/{secret}", self.confirm, methods=["POST"])
        return router

    def request_page(self, request: Request) -> Response:
        """Ask whose password was forgotten."""
        return self._request_page(request)

    def request(self, request: Request, login: Text) -> Response:
        """Send a link, and say the same whether there is such a person or not."""
        require_own_origin(request)
        try:
            self._recovery.request(login.strip(), browser_of(request))
        except HeadwayError as error:
            return self._request_page(request, words_of(error), status_of(error)[0], login=login)
        return self._request_page(request, sent=True)

    def reset_page(self, request: Request, secret: str) -> Response:
        """Ask for the new password."""
        if not self._recovery.can_reset(secret):
            raise ExpiredLinkError("this link was used before, or is too old; ask for a new one")
        return self._forms.show_once(request, "password_reset.html", {"secret": secret})

    def reset(self, request: Request, secret: str, password: Text) -> Response:
        """Take the new password, and begin a session."""
        require_own_origin(request)
        try:
            signed_in = self._recovery.reset(secret, password, browser_of(request))
        except ExpiredLinkError:
            raise
        except HeadwayError as error:
            values = {"secret": secret}
            return self._forms.show(request, "password_reset.html", values, words_of(error), status_of(error)[0])
        return self._welcome.in_(signed_in, "/")

    def confirm_page(self, request: Request, secret: str) -> Response:
        """Ask for a click: what only looks at addresses shall not use the link up."""
        required(request, "confirm the address with the account that asked for it")
        return self._forms.show(request, "email_confirm.html", {"secret": secret})

    def confirm(self, request: Request, secret: str) -> Response:
        """Take the address as the account's own."""
        required(request, "confirm the address with the account that asked for it")

        def again(problem: str, status: int) -> Response:
            return self._forms.show(request, "email_confirm.html", {"secret": segment(secret)}, problem, status)

        work = lambda: self._recovery.confirm_email(request.state.actor, secret)  # noqa: E731
        return submitted(work, "/-/account?done=confirmed", again)

    def _request_page(
        self, request: Request, problem: str = "", status: int = 200, *, sent: bool = False, login: str = ""
    ) -> Response:
        values = {"sent": sent, "login": login, "by_mail": self._forms.platform.outbox.is_set_up}
        return self._forms.show(request, "password_forgotten.html", values, problem, status)
