"""The composition root: the only place that knows every room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from headway import __version__
from headway.kernel.blobs.collecting import Collecting
from headway.kernel.controllers import Controllers
from headway.kernel.durable import is_full
from headway.kernel.errors import HeadwayError, NoRoomError, NotFoundError
from headway.kernel.ledger.sealing import seal_steadily
from headway.kernel.ledger.subscriptions import Subscription
from headway.kernel.logs import log
from headway.kernel.platform import Platform, make_platform
from headway.repository.api import ProjectApi
from headway.repository.contents_api import ContentsApi
from headway.repository.git_routes import GitRoutes
from headway.repository.github.routes import GithubRoutes
from headway.repository.lfs.locks import Locking
from headway.repository.lfs.objects import LargeFiles
from headway.repository.lfs.routes import LfsRoutes
from headway.repository.mirrors.api import MirrorsApi
from headway.repository.pages import RepositoryPages
from headway.repository.raw_routes import RawRoutes
from headway.repository.room import CentralRepository, central_repository
from headway.repository.transport.access import GitAccess
from headway.repository.transport.http import GitHttp
from headway.sections import SECTIONS
from headway.web.authenticating import Authenticating
from headway.web.failures import failure, problem, wants_json
from headway.web.home_pages import HomePages
from headway.web.identity_routes import identity_routers
from headway.web.ledger_api import LedgerApi
from headway.web.ledger_pages import LedgerPages
from headway.web.rendering import Pages
from headway.web.secrets_api import SecretsApi
from headway.web.security import BodyLimit, SecurityHeaders
from headway.web.statics import StaticFiles
from headway.web.webhooks_api import WebhooksApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from headway.kernel.settings import Settings
    from headway.repository.discovering import Discovering
    from headway.repository.hosting import Hosting
    from headway.repository.receiving import Receiving
    from headway.repository.service import Repositories


class Headway(NamedTuple):
    """The whole server: its parts, what answers requests, and what runs beside."""

    platform: Platform
    repository: CentralRepository
    controllers: Controllers
    routers: tuple[APIRouter, ...]
    app: ASGIApp

    @property
    def hosting(self) -> Hosting:
        """The folder of all repositories."""
        return self.repository.hosting

    @property
    def receiving(self) -> Receiving:
        """What takes pushes into the ledger."""
        return self.repository.receiving

    @property
    def discovering(self) -> Discovering:
        """What finds refs that changed without a push."""
        return self.repository.discovering

    @property
    def repositories(self) -> Repositories:
        """What creates projects."""
        return self.repository.repositories

    def start(self) -> None:
        """Begin with what runs beside the answering of requests."""
        self.platform.secrets.prepare()
        self.hosting.presence.enter()
        self.controllers.start()

    def stop(self) -> None:
        """End what runs beside, and let go of the database."""
        self.controllers.stop()
        if self.platform.openid is not None:
            self.platform.openid.close()
        self.platform.database.close()
        self.hosting.presence.leave()


def build(settings: Settings) -> Headway:
    """Return the server for these settings. The database has its schema already."""
    platform = make_platform(settings, sections=SECTIONS)
    room = central_repository(platform)
    https = platform.base_url.startswith("https://")
    pages = Pages({"repository": "headway.repository"})
    routers = _routers(platform, room, pages, https=https)
    app = _application(routers, pages)
    limited = BodyLimit(app, settings.limits, streams)
    authenticated = Authenticating(limited, platform.authentication, pages, https=https)
    answering = SecurityHeaders(authenticated, https=https)
    return Headway(platform, room, _controllers(platform, room), routers, answering)


def streams(path: str) -> bool:
    """Whether a request is passed on as it comes: Git, large files and webhooks of mirrors have limits of their own."""
    git = path.endswith(("/git-receive-pack", "/git-upload-pack"))
    return git or "/info/lfs/" in path or path.startswith("/-/mirrors/")


def _application(routers: tuple[APIRouter, ...], pages: Pages) -> FastAPI:
    app = FastAPI(
        title="Headway",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        description="The whole DevOps loop as one piece of software.",
    )
    _add_failures(app, pages)
    for router in routers:
        app.include_router(router)
    return app


def _controllers(platform: Platform, room: CentralRepository) -> Controllers:
    life = timedelta(seconds=platform.settings.lease_seconds)
    controllers = Controllers(platform.database, platform.clock, life)
    platform.database.after_commit(controllers.add("sealer", lambda: seal_steadily(platform.database), every=0.5))
    platform.database.after_commit(controllers.add("inbox", platform.inbox.subscription.catch_up, every=5.0))
    controllers.add("forgetting notifications", platform.inbox.forget_old, every=60.0)
    platform.outbox.wake_after_commit(controllers.add("mail", platform.outbox.send_due, every=15.0))
    collecting = Collecting(platform.database, platform.blobs, platform.clock)
    controllers.add("collecting blobs", collecting.collect, every=60.0)
    webhooks = Subscription(platform.database, "webhooks", platform.delivering.take, from_now=True)

    def deliver() -> None:
        webhooks.catch_up()
        platform.delivering.send_due()

    controllers.add("webhooks", deliver, every=1.0)
    room.add_controllers(controllers)
    return controllers


def _routers(platform: Platform, room: CentralRepository, pages: Pages, *, https: bool) -> tuple[APIRouter, ...]:
    git = GitHttp(room.hosting, room.receiving, platform.settings.limits)
    access = GitAccess(platform, room.repositories, room.hosting, "http")
    large_files = LargeFiles(platform)
    return (
        *identity_routers(platform, pages, https=https),
        LedgerApi(platform).router(),
        WebhooksApi(platform).router(),
        SecretsApi(platform).router(),
        ContentsApi(platform, room.hosting).router(),
        ProjectApi(platform, room).router(),
        MirrorsApi(platform, room.mirrors).router(),
        GithubRoutes(platform, room.hosting).router(),
        StaticFiles().router(),
        LedgerPages(platform, pages).router(),
        HomePages(platform, pages).router(),
        GitRoutes(access, git).router(),
        RawRoutes(platform, room.hosting, large_files).router(),
        LfsRoutes(access, large_files, Locking(platform), platform.settings).router(),
        RepositoryPages(platform, room.repositories, room.hosting, pages).router(),
    )


def _add_failures(app: FastAPI, pages: Pages) -> None:
    def known(request: Request, error: Exception) -> Response:
        return failure(request, error, pages) if isinstance(error, HeadwayError) else unknown(request, error)

    def http(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return unknown(request, error)
        if error.status_code == 404:
            return failure(request, NotFoundError("there is nothing at this address"), pages)
        return problem(request, error.status_code, str(error.detail), str(error.detail))

    def invalid(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else ()
        problems = [{"where": list(each["loc"]), "message": each["msg"]} for each in found]
        return problem(request, 422, "not acceptable", "the request is not as it should be", problems=problems)

    def gone(request: Request, error: Exception) -> Response:
        log.debug("a client went away", path=request.url.path, method=request.method)
        return Response(status_code=400)

    def system(request: Request, error: Exception) -> Response:
        if not is_full(error):
            return unknown(request, error)
        log.error("a disk is full", path=request.url.path, method=request.method, error=str(error))
        return failure(request, NoRoomError("a disk of the server is full; room on it helps at once"), pages)

    def unknown(request: Request, error: Exception) -> Response:
        log.error("a request failed", path=request.url.path, method=request.method, exc_info=error)
        detail = "something went wrong here; the server's log says what"
        if wants_json(request):
            return problem(request, 500, "failed", detail)
        return pages.render(request, "error.html", {"status_code": 500, "title": "failed", "message": detail}, 500)

    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        HeadwayError: known,
        HTTPException: http,
        RequestValidationError: invalid,
        ClientDisconnect: gone,
        OSError: system,
        Exception: unknown,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
