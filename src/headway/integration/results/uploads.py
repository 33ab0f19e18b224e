"""Uploads that go on: their blocks on disk, in any order, until a list says how they make one file.

Azure's block blobs, as far as GitHub's clients use them ("Put Block", "Put Block List", "Put Blob").
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.results.errors import InvalidRequestError, NotFoundError, TooLargeError
from headway.integration.results.tokens import ADDRESS_SECONDS
from headway.integration.results.trees import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.integration.results.records import Draft

_CONTENT = "content"
_PIECE = 1 << 20


class UploadLimits(NamedTuple):
    """How large an upload and each of its parts may be, in bytes, and how many blocks it may have."""

    upload: int = 16 << 30
    block: int = 256 << 20
    blocks: int = 50_000


DEFAULT_LIMITS = UploadLimits()


class Upload:
    """One upload. ``subject`` is what it is for, with the ``draft`` of an artifact; ``discard`` gives up its claim.

    ``pending`` counts the bytes of requests that go on.
    """

    __slots__ = ("_discard", "_size", "_sizes", "draft", "expires", "folder", "id", "limits", "pending", "subject")

    def __init__(
        self, folder: str, subject: tuple[str, ...], discard: Callable[[], None], expires: float, limits: UploadLimits
    ) -> None:
        self.id = secrets.token_hex(16)
        self.folder = os.path.join(folder, self.id)
        self.subject = subject
        self.draft: Draft | None = None
        self.expires = expires
        self.limits = limits
        self.pending = 0
        self._discard = discard
        self._sizes: dict[str, int] = {}
        self._size = 0

    @property
    def content(self) -> str:
        """The file with all that was uploaded. Raises ``InvalidRequestError`` before there is one."""
        path = os.path.join(self.folder, _CONTENT)
        if not os.path.isfile(path):
            raise InvalidRequestError("Nothing was uploaded, or its blocks were not put together")
        return path

    def check_room(self, size: int) -> None:
        """Raise ``TooLargeError`` when a part of this size is too large, or would make the upload too large."""
        if size > self.limits.block:
            raise TooLargeError(f"One request may bring at most {self.limits.block:,} bytes")
        if size + self.pending + self._size > self.limits.upload:
            raise TooLargeError(f"An upload may have at most {self.limits.upload:,} bytes")

    def keep_block(self, name: str, path: str) -> None:
        """Take over a file as the block of this id; a block that comes again replaces the one before.

        Raises ``TooLargeError`` for a block too many.
        """
        block = _block_file(name)
        if block not in self._sizes and len(self._sizes) >= self.limits.blocks:
            raise TooLargeError(f"An upload may have at most {self.limits.blocks:,} blocks")
        size = os.path.getsize(path)
        os.replace(path, os.path.join(self.folder, block))
        self._size += size - self._sizes.get(block, 0)
        self._sizes[block] = size

    def keep_whole(self, path: str) -> None:
        """Take over a file as the whole of the upload."""
        os.replace(path, os.path.join(self.folder, _CONTENT))

    def put_together(self, names: Sequence[str]) -> None:
        """Make one file of blocks, in this order. Raises ``InvalidRequestError`` when one of them is not there."""
        blocks = [_block_file(name) for name in names]
        if len(set(blocks)) != len(blocks) or any(block not in self._sizes for block in blocks):
            raise InvalidRequestError("The block list names a block that was not uploaded, or one twice")
        if not blocks:
            raise InvalidRequestError("The block list is empty")
        first, *others = (os.path.join(self.folder, block) for block in blocks)
        with open(first, "ab", buffering=0) as whole:
            for path in others:
                _append(whole.fileno(), path)
                os.unlink(path)
        os.replace(first, os.path.join(self.folder, _CONTENT))
        self._sizes.clear()
        self._size = 0

    def close(self) -> None:
        """Remove what was uploaded, and give up the claim."""
        remove(self.folder)
        self._discard()


class Uploads:
    """The uploads of a service that go on. Those that nobody finishes are given up when their address has expired."""

    __slots__ = ("_clock", "_limits", "_lock", "_uploads", "folder")

    def __init__(
        self,
        folder: str,
        limits: UploadLimits = DEFAULT_LIMITS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def begin(self, subject: tuple[str, ...], discard: Callable[[], None]) -> Upload:
        """Return a new upload. Raises ``OSError`` when its folder cannot be made."""
        self._drop_expired()
        upload = Upload(self.folder, subject, discard, self._clock() + ADDRESS_SECONDS, self._limits)
        os.makedirs(upload.folder, mode=0o700)
        with self._lock:
            self._uploads[upload.id] = upload
        return upload

    def get(self, number: str) -> Upload:
        """Return an upload that goes on. Raises ``NotFoundError`` when there is none, or no more."""
        with self._lock:
            upload = self._uploads.get(number)
        if upload is None:
            raise NotFoundError("There is no such upload; it was finished or given up")
        return upload

    def take(self, subject: tuple[str, ...]) -> Upload:
        """Return the upload for this, which is over with that; the caller closes it. Raises ``NotFoundError``."""
        with self._lock:
            for number, upload in self._uploads.items():
                if upload.subject == subject:
                    return self._uploads.pop(number)
        raise NotFoundError(f"No upload of {subject[-1]!r} was begun, or it was finished already")

    def _drop_expired(self) -> None:
        now = self._clock()
        with self._lock:
            expired = [upload for upload in self._uploads.values() if upload.expires <= now and not upload.pending]
            for upload in expired:
                del self._uploads[upload.id]
        for upload in expired:
            upload.close()

    def close(self) -> None:
        """Give up all of them."""
        with self._lock:
            uploads = list(self._uploads.values())
            self._uploads.clear()
        for upload in uploads:
            upload.close()
        remove(self.folder)


def _block_file(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _append(whole: int, path: str) -> None:
    with open(path, "rb", buffering=0) as part:
        while data := part.read(_PIECE):
            view = memoryview(data)
            while view:
                view = view[os.write(whole, view) :]
