"""What can be said of a matrix before it is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.tokens import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from headway.integration.workflows.tokens import Token


def matrix_keys(token: Token) -> set[str] | None:
    """Return the keys that combinations can have, in lower case; None when only the run can tell."""
    if not isinstance(token, Mapping):
        return None
    keys: set[str] = set()
    for key, value in token.pairs:
        if not isinstance(key, Scalar):
            return None
        if key.text.lower() not in ("include", "exclude"):
            keys.add(key.text.lower())
        elif key.text.lower() == "include":
            if not isinstance(value, Sequence):
                return None
            for item in value.items:
                if not isinstance(item, Mapping):
                    return None
                keys |= keys_of(item) or set()
    return keys


def keys_of(token: Token) -> set[str] | None:
    """Return the keys of a mapping in lower case, None when only the run can tell."""
    if not isinstance(token, Mapping) or not all(isinstance(key, Scalar) for key, _ in token.pairs):
        return None
    return {key.text.lower() for key, _ in token.pairs if isinstance(key, Scalar)}
