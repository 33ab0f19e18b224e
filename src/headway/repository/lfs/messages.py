"""What clients and server say to each other, as Git LFS has it. Pure.

https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from headway.kernel.blobs.records import is_digest
from headway.kernel.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.repository.lfs.locks import Lock
    from headway.repository.lfs.objects import LargeObject

MEDIA_TYPE = "application/vnd.git-lfs+json"
MOST_OBJECTS = 1000

# A path in a repository has no NUL, and databases take none.
Path = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]
Cursor = Annotated[str, Field(max_length=100)]


class Pointer(BaseModel):
    """An object that a client speaks of."""

    oid: str
    size: int


class Batch(BaseModel):
    """What a client wants to do with which objects."""

    operation: Literal["download", "upload"]
    objects: list[Pointer] = Field(max_length=MOST_OBJECTS)
    transfers: list[str] = ["basic"]
    hash_algo: str = "sha256"


class NewLock(BaseModel):
    """A path to be locked."""

    path: Path


class Verification(BaseModel):
    """The question which locks there are, before a push."""

    cursor: Cursor = ""
    limit: int = Field(100, ge=1)


class Unlocking(BaseModel):
    """How to take a lock away."""

    force: bool = False


Message = TypeVar("Message", bound=BaseModel)


def parsed(kind: type[Message], body: bytes) -> Message:
    """Return the message of a body. Raises ``InputError``."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise InputError(
            Problem(".".join(map(str, each["loc"])) or "body", 0, 0, each["msg"]) for each in error.errors()[:10]
        ) from None


def refusal(pointer: Pointer, most: int) -> tuple[int, str] | None:
    """Return why an object cannot be, as a status and words."""
    if not is_digest(pointer.oid) or pointer.size < 0:
        return 422, "an object has an oid of 64 hexadecimal digits, and a size of 0 or more"
    if pointer.size > most:
        return 413, f"an object has at most {most} bytes here, and this one has {pointer.size}"
    return None


def batch_answer(
    batch: Batch, known: Mapping[str, LargeObject], most: int, address: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what to do with each object. ``known``: those that the project has; ``address``: where objects are."""
    decide = _upload if batch.operation == "upload" else _download
    objects = []
    for pointer in batch.objects:
        answer: dict[str, Any] = {"oid": pointer.oid, "size": pointer.size}
        wrong = refusal(pointer, most) or decide(pointer, known, address, headers, answer)
        if wrong:
            answer["error"] = {"code": wrong[0], "message": wrong[1]}
        objects.append(answer)
    return {"transfer": "basic", "objects": objects, "hash_algo": "sha256"}


def _upload(
    pointer: Pointer, known: Mapping[str, LargeObject], address: str, headers: Mapping[str, str], answer: dict[str, Any]
) -> tuple[int, str] | None:
    found = known.get(pointer.oid)
    if found is not None and found.size != pointer.size:
        return 422, f"the object with this oid has {found.size} bytes"
    if found is None:
        action = {"href": f"{address}/{pointer.oid}", "header": dict(headers)}
        verify = {"href": f"{address}/{pointer.oid}/verify", "header": dict(headers)}
        answer |= {"authenticated": True, "actions": {"upload": action, "verify": verify}}
    return None


def _download(
    pointer: Pointer, known: Mapping[str, LargeObject], address: str, headers: Mapping[str, str], answer: dict[str, Any]
) -> tuple[int, str] | None:
    found = known.get(pointer.oid)
    if found is None:
        return 404, "this object has not been uploaded to this project"
    if found.size != pointer.size:
        return 422, f"the object with this oid has {found.size} bytes"
    download = {"href": f"{address}/{pointer.oid}", "header": dict(headers)}
    answer |= {"authenticated": True, "actions": {"download": download}}
    return None


def lock_shape(lock: Lock) -> dict[str, Any]:
    """Return a lock as clients read it."""
    return {
        "id": str(lock.id),
        "path": lock.path,
        "locked_at": lock.locked.isoformat(timespec="seconds"),
        "owner": {"name": lock.owner_name},
    }
