"""Signatures and the schedule of attempts. Pure.

Source: Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md,
"Signature scheme", "Webhook headers", "Retries".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PREFIX = "whsec_"
_SECRET_BYTES = 32

# How long after a failed attempt the next one is made; after the last the delivery has failed.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600)
)


def new_secret(randomness: Callable[[int], bytes] = token_bytes) -> str:
    """Return a new signing secret: 256 random bits, in base64 after ``whsec_``."""
    return _PREFIX + base64.b64encode(randomness(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``webhook-signature``. ``timestamp``: seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery."""
    return {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "Headway-Webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts; ``None`` when there were enough."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
