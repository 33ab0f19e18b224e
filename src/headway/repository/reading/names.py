"""Names in Git are bytes; here they are text that every encoder takes.

A byte that is not UTF-8 becomes one character of the private use area, and back: the two functions are each other's
inverse for all bytes. Python's own surrogates would do the same until somebody writes them into a page, and raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BASE = 0xF700
_SURROGATE = 0xDC00
_TO_PRIVATE = {_SURROGATE + byte: _BASE + byte for byte in range(0x80, 0x100)}
_TO_SURROGATE = {private: surrogate for surrogate, private in _TO_PRIVATE.items()}
# A name may really hold one of these characters: then its three bytes are told one by one, as bytes that are no text.
_GENUINE = {private: "".join(chr(_BASE + byte) for byte in chr(private).encode()) for private in _TO_PRIVATE.values()}


def decode(name: bytes) -> str:
    """Return the name as text. Never raises; ``encode`` gives the same bytes back."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return name.decode(errors="surrogateescape").translate(_GENUINE).translate(_TO_PRIVATE)
    # Most names hold no such character, and looking for one costs less than translating.
    return text if text.isascii() else text.translate(_GENUINE)


def encode(name: str) -> bytes:
    """Return the bytes of a name. Never raises; what no name can hold becomes a question mark."""
    if name.isascii():
        return name.encode()
    escaped = name.encode(errors="replace").decode() if _lone_surrogates(name) else name
    return escaped.translate(_TO_SURROGATE).encode(errors="surrogateescape")


def shown(name: str) -> str:
    """Return a name for people to read: bytes that are no text as ``<ff>``, control characters as Git quotes them."""
    return "".join(_shown(character) for character in name) if not (name.isascii() and name.isprintable()) else name


def _shown(character: str) -> str:
    if ord(character) in _TO_SURROGATE:
        return f"<{ord(character) - _BASE:02x}>"
    return character if character >= " " and character != "\x7f" else repr(character)[1:-1]


def _lone_surrogates(name: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in name)


def prose(text: bytes, encoding: str = "utf-8") -> str:
    """Return a message or a person's name as text; what cannot be decoded is shown as a replacement character."""
    try:
        return text.decode(encoding, errors="replace")
    except (LookupError, ValueError):
        return text.decode(errors="replace")


def segments(path: str) -> list[bytes]:
    """Return the parts of a path; superfluous slashes are left out."""
    return [part for part in encode(path).split(b"/") if part]


def joined(parts: Iterable[bytes]) -> str:
    """Return the path of these parts."""
    return decode(b"/".join(parts))
