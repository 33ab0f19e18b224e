"""Which names are allowed: of artifacts, of the files in them, and of caches."""

from __future__ import annotations

import os

from headway.integration.results.errors import InvalidRequestError

# The order is that in which GitHub's own client looks for them.
_FORBIDDEN = {
    '"': 'double quote "',
    ":": "colon :",
    "<": "less than <",
    ">": "greater than >",
    "|": "vertical bar |",
    "*": "asterisk *",
    "?": "question mark ?",
    "\r": "carriage return \\r",
    "\n": "line feed \\n",
}
_FORBIDDEN_IN_NAMES = _FORBIDDEN | {"\\": "backslash \\", "/": "forward slash /"}
_LONGEST_NAME = 255
"""In bytes: an artifact is a folder of its name."""

LONGEST_KEY = 512
MOST_KEYS = 10


def check_artifact_name(name: str) -> None:
    """Raise ``InvalidRequestError`` for a name that GitHub's client refuses, or that cannot be a folder's."""
    if not name:
        raise InvalidRequestError("The artifact has no name. Give it one with the input 'name'")
    _refuse(name, _FORBIDDEN_IN_NAMES, f"The artifact name is not valid: {name}")
    if name in (".", "..") or "\0" in name or not 0 < _bytes(name) <= _LONGEST_NAME:
        raise InvalidRequestError(
            f"The artifact name is not valid: {name!r}. It must not be '.' or '..', hold a NUL, be longer than "
            f"{_LONGEST_NAME} bytes, or be other than UTF-8"
        )


def _bytes(text: str) -> int:
    """Return the length in UTF-8, 0 for what cannot be written in it."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return 0


def check_file_path(path: str) -> None:
    """Raise ``InvalidRequestError`` for the path of a file that GitHub's client does not upload."""
    _refuse(path, _FORBIDDEN, f"The path for one of the files in artifact is not valid: {path}")


def _refuse(text: str, forbidden: dict[str, str], problem: str) -> None:
    for character, description in forbidden.items():
        if character in text:
            raise InvalidRequestError(
                f"{problem}. Contains the following character: {description}. Invalid characters include: "
                f"{', '.join(forbidden.values())}. Not all file systems have them, so they are not allowed on any"
            )


def check_keys(keys: list[str]) -> None:
    """Raise ``InvalidRequestError`` for too many keys, and for a key that is empty, too long or has a comma."""
    if len(keys) > MOST_KEYS:
        raise InvalidRequestError(f"Key Validation Error: Keys are limited to a maximum of {MOST_KEYS}.")
    for key in keys:
        if not key:
            raise InvalidRequestError("Key Validation Error: a key must not be empty.")
        if len(key) > LONGEST_KEY:
            raise InvalidRequestError(f"Key Validation Error: {key} cannot be larger than {LONGEST_KEY} characters.")
        if not _bytes(key):
            raise InvalidRequestError(f"Key Validation Error: {key!r} is not UTF-8.")
        if "," in key:
            raise InvalidRequestError(f"Key Validation Error: {key} cannot contain commas.")


def member_path(name: str) -> str:
    """Return the relative path that the member of an archive may have. Raises ``InvalidRequestError`` for any other."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or name.startswith("/") or "\\" in name or "\0" in name:
        raise InvalidRequestError(f"The archive holds {name!r}, which would lead out of its folder. Nothing was kept")
    return os.path.join(*parts)
