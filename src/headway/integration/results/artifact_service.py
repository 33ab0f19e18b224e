"""``github.actions.results.api.v1.ArtifactService`` over a store of artifacts."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from headway.integration.results.errors import InvalidRequestError, NotFoundError
from headway.integration.results.records import DAY, ZIP, Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.results.backend import Call
    from headway.integration.results.messages import Message
    from headway.integration.results.records import Artifact

_VERSIONS = (4, 7)
_DEFAULT = 90 * DAY


def create(call: Call, request: Message) -> dict[str, object]:
    """CreateArtifact: claim a name, and say where to upload to."""
    _check_job(call, request)
    name, version = request.needed("name"), request.number("version") or 0
    if version not in _VERSIONS:
        raise InvalidRequestError(f"Version {version} of artifacts is not known here; expected one of {_VERSIONS}")
    mime = request.text("mime_type") or ZIP
    if not re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", mime, re.ASCII):
        raise InvalidRequestError("'mime_type' must be a type such as application/zip")
    draft = Draft(name, call.grant.job, _retention(request), mime)
    store = call.stores.artifacts
    store.reserve(name)
    upload = call.begin_upload(("artifact", call.grant.run, name), lambda: store.release(name))
    upload.draft = draft
    return {"ok": True, "signed_upload_url": call.upload_address(upload)}


def finalize(call: Call, request: Message) -> dict[str, object]:
    """FinalizeArtifact: keep what was uploaded."""
    _check_job(call, request)
    name = request.needed("name")
    with call.finished_upload(("artifact", call.grant.run, name), request.number("size")) as upload:
        digest = request.text("hash")
        if digest and not digest.startswith("sha256:"):
            raise InvalidRequestError("'hash' must begin with sha256:")
        draft = upload.draft or Draft(name, call.grant.job)
        artifact = call.stores.artifacts.keep_archive(draft, upload.content, digest.removeprefix("sha256:"))
    call.kept(artifact)
    return {"ok": True, "artifact_id": str(artifact.id)}


def list_(call: Call, request: Message) -> dict[str, object]:
    """ListArtifacts: what the run has kept, all of it, or by name or id."""
    _check_run(call, request)
    name, number = request.text("name_filter"), request.number("id_filter")
    chosen = [
        artifact
        for artifact in call.stores.artifacts.artifacts()
        if (not name or artifact.name == name) and (number is None or artifact.id == number)
    ]
    return {"artifacts": [_described(call, artifact) for artifact in chosen]}


def signed_url(call: Call, request: Message) -> dict[str, object]:
    """GetSignedArtifactURL: say where to download from."""
    _check_run(call, request)
    artifact = call.stores.artifacts.find(request.needed("name"))
    if artifact is None:
        raise NotFoundError(f"There is no artifact '{request.text('name')}' in this run")
    return {"signed_url": call.download("artifacts", artifact.id)}


def delete(call: Call, request: Message) -> dict[str, object]:
    """DeleteArtifact."""
    _check_run(call, request)
    artifact = call.stores.artifacts.delete(request.needed("name"))
    if artifact is None:
        raise NotFoundError(f"There is no artifact '{request.text('name')}' in this run")
    return {"ok": True, "artifact_id": str(artifact.id)}


METHODS: dict[str, Callable[[Call, Message], dict[str, object]]] = {
    "CreateArtifact": create,
    "DeleteArtifact": delete,
    "FinalizeArtifact": finalize,
    "GetSignedArtifactURL": signed_url,
    "ListArtifacts": list_,
}


def _check_run(call: Call, request: Message) -> None:
    call.check_id(request.needed("workflow_run_backend_id"), call.grant.run)


def _check_job(call: Call, request: Message) -> None:
    _check_run(call, request)
    call.check_id(request.needed("workflow_job_run_backend_id"), call.grant.job)


def _retention(request: Message) -> float:
    text = request.text("expires_at")
    if not text:
        return _DEFAULT
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError("'expires_at' must be a time such as 2026-01-31T12:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment.timestamp() - time.time(), 0.0), _DEFAULT)


def _described(call: Call, artifact: Artifact) -> dict[str, object]:
    from datetime import UTC, datetime

    return {
        "workflow_run_backend_id": call.id_of(call.grant.run),
        "workflow_job_run_backend_id": call.id_of(artifact.job),
        "database_id": str(artifact.id),
        "name": artifact.name,
        "size": str(artifact.archive_size),
        "created_at": datetime.fromtimestamp(artifact.created, UTC).isoformat().replace("+00:00", "Z"),
        "digest": f"sha256:{artifact.digest}",
    }
