"""What handles, project names and e-mail addresses may look like. Pure."""

from __future__ import annotations

import re

from headway.kernel.identity.errors import InvalidNameError

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,38}", re.IGNORECASE)
_PROJECT = re.compile(r"[a-z0-9_.-]{1,100}", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s<>\"'(),:;\[\]\\]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)

# Addresses of Headway itself, and words that would mislead.
RESERVED_HANDLES = frozenset({"api", "admin", "administrator", "git", "headway", "system", "anonymous", "v2", "root"})
_RESERVED_ENDINGS = (".git", ".lock", ".atom", ".wiki")


def checked_handle(text: str) -> str:
    """Return an acceptable handle. Raises ``InvalidNameError`` otherwise."""
    if not _HANDLE.fullmatch(text):
        raise InvalidNameError(
            f"'{text[:60]}' cannot be a handle: it takes 1 to 39 letters and digits, and single hyphens between them"
        )
    if text.lower() in RESERVED_HANDLES:
        raise InvalidNameError(f"'{text}' is reserved; choose another handle")
    return text


def checked_project_name(text: str) -> str:
    """Return an acceptable name of a project. Raises ``InvalidNameError`` otherwise."""
    if not _PROJECT.fullmatch(text) or text.startswith((".", "-")) or text.lower().endswith(_RESERVED_ENDINGS):
        raise InvalidNameError(
            f"'{text[:60]}' cannot be the name of a project: it takes 1 to 100 letters, digits, '-', '_' and '.', "
            "begins with a letter, a digit or '_', and does not end in .git, .lock, .atom or .wiki"
        )
    return text


def checked_name(text: str) -> str:
    """Return an acceptable display name, without spaces around it. Raises ``InvalidNameError`` otherwise."""
    text = " ".join(text.split())
    if len(text) > 100 or not text.isprintable():
        raise InvalidNameError("a name has at most 100 characters, all of them visible")
    return text


def checked_email(text: str) -> str:
    """Return an acceptable e-mail address. Raises ``InvalidNameError`` otherwise."""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise InvalidNameError(f"'{text[:60]}' is not an e-mail address")
    return text
