"""What can go wrong with artifacts and caches.

ResultsError                 the text is complete, and is what a client of the service reads too
├── InvalidRequestError      a name, a key or a request is not as it has to be
│   └── InvalidArchiveError  a zip is broken, or would do harm when it is unpacked
├── AlreadyExistsError       there is one of that name or key, and it must not be replaced
├── NotFoundError            there is none of that name, id or key
└── TooLargeError            a limit on sizes was exceeded
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class ResultsError(HeadwayError):
    """An artifact or a cache could not be kept, found or read."""


class InvalidRequestError(ResultsError):
    """A name, a key or a request is not as it has to be."""


class InvalidArchiveError(InvalidRequestError):
    """A zip is broken, or would do harm when it is unpacked."""


class AlreadyExistsError(ResultsError):
    """There is one of that name or key, and it must not be replaced."""


class NotFoundError(ResultsError):
    """There is none of that name, id or key."""


class TooLargeError(ResultsError):
    """A limit on sizes was exceeded."""
