"""Errors of blobs.

HeadwayError
├── BlobMissingError       there is no such blob (a NotFoundError)
├── DigestMismatchError    what came is not what was announced; nothing was kept
└── BlobStoreError         the store could not do what was asked; the same may work in a moment
    ├── BlobStoreFullError     its disk is full
    └── BlobBusyError          the same content is being deleted at this moment
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError, NotFoundError


class BlobMissingError(NotFoundError):
    """There is no such blob."""


class DigestMismatchError(HeadwayError):
    """What came is not what was announced. Nothing was kept."""


class BlobStoreError(HeadwayError):
    """The store could not do what was asked. The same may work in a moment."""


class BlobStoreFullError(BlobStoreError):
    """The disk of the store is full. Nothing was kept."""


class BlobBusyError(BlobStoreError):
    """The same content is being deleted at this moment."""
