"""The pages of service accounts: accounts for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.roles import SCOPES
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, required, segment, submitted, wanted_token, words_of
from headway.web.rendering import Pages

Text = Annotated[str, Form(max_length=300)]
Scopes = Annotated[list[str], Form()]


class ProgramPages:
    """Service accounts: all of them for administrators, and one with its tokens."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._platform = platform
        self._services = platform.service_accounts
        self._forms = Forms(platform, pages)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/programs")
        add = router.add_api_route
        add("", self.programs, methods=["GET"])
        add("", self.create, methods=["POST"])
        add("/{handle}", self.program, methods=["GET"])
        add("/{handle}/suspended", self.set_suspended, methods=["POST"])
        add("/{handle}/tokens", self.create_token, methods=["POST"])
        add("/{handle}/tokens/{token_id}/revoke", self.revoke_token, methods=["POST"])
        return router

    def programs(self, request: Request) -> Response:
        """Show all service accounts."""
        required(request)
        return self._list(request)

    def create(self, request: Request, handle: Text = "", name: Text = "") -> Response:
        """Make a service account of the installation."""
        handle = handle.strip()
        return submitted(
            lambda: self._services.create(request.state.actor, handle, name),
            f"/-/programs/{segment(handle)}",
            lambda problem, status: self._list(request, problem, status),
        )

    def program(self, request: Request, handle: str) -> Response:
        """Show one service account."""
        return self._show(request, handle)

    def set_suspended(self, request: Request, handle: str, suspended: bool = Form(False)) -> Response:
        """Suspend a service account, or let it act again."""
        self._services.set_suspended(request.state.actor, handle, suspended=suspended)
        return RedirectResponse(f"/-/programs/{segment(handle)}?done=saved", 303)

    def create_token(
        self,
        request: Request,
        handle: str,
        name: Text = "",
        days: int = Form(90),
        scopes: Scopes = [],  # noqa: B006
    ) -> Response:
        """Create a token, and show its secret this once."""
        wanted = wanted_token(self._platform.clock(), name, days, scopes)
        try:
            made = self._services.create_token(request.state.actor, handle, wanted)
        except HeadwayError as error:
            given = {"name": name, "days": days, "chosen": scopes}
            return self._show(request, handle, words_of(error), status_of(error)[0], **given)
        return self._forms.show_once(request, "program.html", self._values(request, handle) | {"created": made})

    def revoke_token(self, request: Request, handle: str, token_id: int) -> Response:
        """Revoke a token."""
        self._services.revoke_token(request.state.actor, handle, token_id)
        return RedirectResponse(f"/-/programs/{segment(handle)}?done=revoked", 303)

    def _list(self, request: Request, problem: str = "", status: int = 200) -> Response:
        values = {"programs": self._services.of(request.state.actor)}
        return self._forms.show(request, "programs.html", values, problem, status)

    def _show(self, request: Request, handle: str, problem: str = "", status: int = 200, **given: Any) -> Response:
        return self._forms.show(request, "program.html", self._values(request, handle) | given, problem, status)

    def _values(self, request: Request, handle: str) -> dict[str, Any]:
        actor = request.state.actor
        values = {"program": self._services.open(actor, handle), "tokens": self._services.tokens(actor, handle)}
        return values | {"scopes": SCOPES, "created": None, "name": "", "days": 90, "chosen": []}
