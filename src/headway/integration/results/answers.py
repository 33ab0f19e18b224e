"""How the service says no: as Twirp does where messages are exchanged, as Azure does where blobs are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, Response

from headway.integration.results.errors import (
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    TooLargeError,
)
from headway.integration.results.tokens import UnauthenticatedError
from headway.kernel.errors import DeadlineError, HeadwayError, UnsafePathError

if TYPE_CHECKING:
    from headway.integration.results.errors import ResultsError


class Refusal(NamedTuple):
    """A status of HTTP with the codes that Twirp and Azure have for it."""

    status: int
    twirp: str
    azure: str


_REFUSALS: tuple[tuple[type[HeadwayError], Refusal], ...] = (
    (UnauthenticatedError, Refusal(401, "unauthenticated", "AuthenticationFailed")),
    (AlreadyExistsError, Refusal(409, "already_exists", "BlobAlreadyExists")),
    (NotFoundError, Refusal(404, "not_found", "BlobNotFound")),
    (TooLargeError, Refusal(413, "resource_exhausted", "RequestBodyTooLarge")),
    (DeadlineError, Refusal(408, "deadline_exceeded", "OperationTimedOut")),
    (InvalidRequestError, Refusal(400, "invalid_argument", "InvalidInput")),
    (UnsafePathError, Refusal(400, "invalid_argument", "InvalidInput")),
)
# What is left is this machine's fault, such as a full disk. Clients do not try this status again.
_OTHER = Refusal(507, "unavailable", "InsufficientStorage")


def refusal(error: HeadwayError | OSError) -> Refusal:
    """Return how an error is told."""
    return next((answer for kind, answer in _REFUSALS if isinstance(error, kind)), _OTHER)


def twirp_error(error: ResultsError | HeadwayError | OSError) -> Response:
    """Return an error as Twirp has it ("Errors", *JSON encoding*)."""
    status, code, _ = refusal(error)
    return JSONResponse({"code": code, "msg": str(error)}, status)


def azure_error(error: HeadwayError | OSError) -> Response:
    """Return an error as Azure has it ("Status and error codes")."""
    status, _, code = refusal(error)
    told = f"<Error><Code>{code}</Code><Message>{escape(str(error))}</Message></Error>"
    body = f"<?xml version='1.0' encoding='utf-8'?>{told}"
    return Response(body.encode(errors="replace"), status, {"x-ms-error-code": code}, "application/xml")
