"""The first page: what is here for whoever looks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.platform import Platform
from headway.kernel.projects.listing import list_projects
from headway.web.rendering import Pages


class HomePages:
    """The first page."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._platform = platform
        self._pages = pages

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/", self.home, methods=["GET"])
        return router

    def home(self, request: Request, filter: str = "", after: str = "") -> Response:
        """Show the projects that the person may see, most active first."""
        actor = request.state.actor
        found = self._platform.database.read(lambda connection: list_projects(connection, actor, filter, after, 50))
        if actor.is_anonymous and not found.items and not filter:
            return RedirectResponse("/-/sign-in", 303)
        return self._pages.render(request, "home.html", {"projects": found, "filter": filter})
