"""Errors of secrets.

HeadwayError
└── SecretsUnreadableError    the key that secrets were encrypted with is not here
    └── KeyFormatError        what is given as the key is none
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class SecretsUnreadableError(HeadwayError):
    """The key that secrets were encrypted with is not here. All that needs no secret goes on."""


class KeyFormatError(SecretsUnreadableError):
    """What is given as the key is none."""
