"""Errors that a page or the API answers with.

HeadwayError
├── ForeignRequestError    a form was sent from another site
└── TooLargeError          a request has more bytes than are allowed
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class ForeignRequestError(HeadwayError):
    """A form was sent from another site."""


class TooLargeError(HeadwayError):
    """A request has more bytes than are allowed."""
