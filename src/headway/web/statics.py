"""Static files, at addresses that change with their content."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter
from starlette.responses import Response

from headway.kernel.errors import NotFoundError
from headway.web.rendering import STATIC, static_address

_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class StaticFiles:
    """Serves the files of ``static/``."""

    def __init__(self) -> None:
        names = (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file())
        self._files = {static_address(name): name for name in names}

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/-/static/{version}/{name:path}", self.get, methods=["GET", "HEAD"])
        return router

    def get(self, version: str, name: str) -> Response:
        """Return a file. Raises ``NotFoundError``."""
        known = self._files.get(f"/-/static/{version}/{name}")
        if known is None:
            raise NotFoundError("there is no such file")
        media_type = mimetypes.guess_type(known)[0] or "application/octet-stream"
        return Response((STATIC / known).read_bytes(), media_type=media_type, headers=_FOREVER)
