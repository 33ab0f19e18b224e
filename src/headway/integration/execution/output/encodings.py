"""The forms in which a secret may show up in a log.

They are those that GitHub's runner derives, with some more: base64 also without the characters that depend on what
stands before and after the secret, base64 for URLs, JSON restricted to ASCII, and quoting as ``set -x`` of a shell
shows it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST_CORE = 8
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
_XML = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&apos;"})
_JSON = str.maketrans(
    {code: f"\\u{code:04x}" for code in range(32)}
    | {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
)


def forms(value: str) -> Iterator[bytes]:
    """Give a value and every encoding of it, as bytes; some are the same."""
    encoded = to_bytes(value)
    yield encoded
    yield from base64_forms(encoded)
    yield "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in encoded).encode()
    for text in _text_forms(value):
        if text:
            yield to_bytes(text)


def to_bytes(value: str) -> bytes:
    """Encode as UTF-8; what came from undecodable bytes becomes those bytes again."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def base64_forms(value: bytes) -> Iterator[bytes]:
    """Give what base64 makes of a value that stands after 0, 1 or 2 (modulo 3) other bytes."""
    from binascii import b2a_base64

    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        encoded = b2a_base64(bytes(before) + value, newline=False)
        core = encoded[skipped : (before + len(value)) * 8 // 6]
        found = [encoded[skipped:]] if before + len(value) > 3 or not before else []
        found += [core] if len(core) >= _SHORTEST_CORE else []
        for form in found:
            yield form
            yield form.replace(b"+", b"-").replace(b"/", b"_")


def _text_forms(value: str) -> Iterator[str]:
    escaped = value.translate(_JSON)
    yield escaped
    yield "".join(char if char < "\x7f" else _utf16(char) for char in escaped)
    yield value.translate(_XML)
    yield value.replace('"', '\\"')
    yield value.replace("'", "''")
    yield value.replace("'", "'\\''")
    if len(value) > 8 and value.startswith('"') and value.endswith('"'):
        yield value[1:-1]
    yield from _powershell(value)


def _utf16(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _powershell(value: str) -> Iterator[str]:
    """Give the two parts in which PowerShell prints a command that holds an ampersand; short ones are left."""
    at = value.find("&+")
    before, after = (at + 2, at + 3) if at >= 0 else (value.rfind("&") + 1, value.rfind("&") + 1)
    if not before:
        return
    for part in (value[:before], value[after:]):
        if len(part) >= 6:
            yield part
