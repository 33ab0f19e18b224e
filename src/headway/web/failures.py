"""From errors to answers: a page for people, JSON for programs (RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import JSONResponse, RedirectResponse, Response

from headway.kernel.blobs.errors import BlobStoreError, BlobStoreFullError
from headway.kernel.database import DatabaseError
from headway.kernel.errors import (
    DeadlineError,
    HeadwayError,
    InputError,
    LimitError,
    MovedError,
    NoRoomError,
    NotFoundError,
    UnauthenticatedError,
)
from headway.kernel.gate import DeniedError
from headway.kernel.identity.errors import (
    ExpiredLinkError,
    InvalidNameError,
    MissingScopeError,
    NotEmptyError,
    ProviderError,
    RankError,
    SignInError,
    TakenError,
    ThrottledError,
)
from headway.kernel.ledger.records import MalformedSubjectError
from headway.kernel.outbound import UnsafeTargetError
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.web.errors import ForeignRequestError, TooLargeError

if TYPE_CHECKING:
    from starlette.requests import Request

    from headway.web.rendering import Pages

# The first that fits counts.
STATUSES: list[tuple[type[HeadwayError], int, str]] = [
    (NotFoundError, 404, "not found"),
    (UnauthenticatedError, 401, "sign in first"),
    (DeniedError, 403, "not allowed"),
    (MissingScopeError, 403, "not allowed"),
    (RankError, 403, "not allowed"),
    (ForeignRequestError, 403, "sent from another site"),
    (SignInError, 401, "not signed in"),
    (ThrottledError, 429, "too many attempts"),
    (TakenError, 409, "taken"),
    (NotEmptyError, 409, "not empty"),
    (ProviderError, 502, "the provider did not answer"),
    (ExpiredLinkError, 410, "this link no longer works"),
    (InvalidNameError, 422, "not acceptable"),
    (MalformedSubjectError, 422, "not acceptable"),
    (UnsafeTargetError, 422, "not acceptable"),
    (InputError, 422, "not acceptable"),
    (TooLargeError, 413, "too large"),
    (LimitError, 413, "too large"),
    (DeadlineError, 504, "took too long"),
    (NoRoomError, 507, "no room"),
    (DatabaseError, 503, "for a moment not available"),
    (SecretsUnreadableError, 503, "secrets are unreadable"),
    (BlobStoreFullError, 507, "no room"),
    (BlobStoreError, 503, "for a moment not available"),
    (HeadwayError, 400, "did not work"),
]


def status_of(error: HeadwayError) -> tuple[int, str]:
    """Return the HTTP status of an error, and what it is called."""
    return next((status, title) for kind, status, title in STATUSES if isinstance(error, kind))


def wants_json(request: Request) -> bool:
    """Whether a program asks: by the address, or by what it accepts."""
    if request.url.path.startswith("/api/"):
        return True
    return "text/html" not in request.headers.get("accept", "")


def failure(request: Request, error: HeadwayError, pages: Pages) -> Response:
    """Return the answer for an error."""
    status, title = status_of(error)
    if isinstance(error, MovedError):
        return _moved(request, error)
    if wants_json(request):
        return problem(request, status, title, str(error), **_details(error))
    if isinstance(error, UnauthenticatedError) and request.method == "GET":
        return RedirectResponse(f"/-/sign-in?next={quote(request.url.path)}", 303)
    values = {"status_code": status, "title": title, "message": str(error)}
    return pages.render(request, "error.html", values, status)


def problem(request: Request, status: int, title: str, detail: str, **more: Any) -> JSONResponse:
    """Return a problem as JSON (RFC 9457, section 3)."""
    headers = {"WWW-Authenticate": 'Bearer realm="Headway"'} if status == 401 else {}
    if seconds := more.get("retry_after"):
        headers["Retry-After"] = str(seconds)
    if request.url.path.startswith("/api/v3/"):
        more["message"] = detail  # where GitHub's clients look
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def _details(error: HeadwayError) -> dict[str, Any]:
    if isinstance(error, ThrottledError):
        return {"retry_after": error.seconds}
    if isinstance(error, DatabaseError):
        return {"retry_after": 2}
    if isinstance(error, DeniedError):
        return {"outcome": error.verdict.outcome, "reasons": list(error.verdict.reasons)}
    if isinstance(error, InputError):
        return {"problems": [problem._asdict() for problem in error.problems]}
    return {}


def _moved(request: Request, error: MovedError) -> Response:
    """Lead from a former name to the present one; whatever came after the name stays."""
    parts = request.url.path.split("/")
    names = request.path_params
    old = [names.get("owner", ""), names.get("name", "")]
    for start in range(len(parts) - 1):
        if parts[start : start + 2] == old:
            suffix = ".git" if old[1].endswith(".git") else ""
            parts[start : start + 2] = [*error.name.split("/")[:1], error.name.split("/")[1] + suffix]
            break
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/".join(parts) + query, 301 if request.method in ("GET", "HEAD") else 308)
