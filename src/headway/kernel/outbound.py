"""Where the server may connect to when somebody gives it an address: imports, mirrors, webhooks.

An address that leads into the operator's own network could be used to reach what only the server can (server-side
request forgery). So names are resolved here, once, and the connection is made to the address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000


class UnsafeTargetError(HeadwayError):
    """The server must not, or cannot, connect to this address."""


class Target(NamedTuple):
    """An address that may be connected to: the URL without a name and password, and the IP address it stands for."""

    url: str
    host: str
    port: int
    address: str

    @property
    def pinned(self) -> str:
        """``host:port:address``, as curl's ``--resolve`` takes it."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.host}:{self.port}:{address}"


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def checked_target(url: str, *, private: bool, lookup: Callable[[str, int], Sequence[str]] = resolve) -> Target:
    """Return where a URL leads. ``private``: whether private and local addresses are allowed.

    Raises ``UnsafeTargetError`` when it is no HTTP address, has no host, or any of its addresses must not be reached.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    try:
        addresses = lookup(host, port)
    except (OSError, UnicodeError) as error:
        raise UnsafeTargetError(f"'{host[:100]}' cannot be found: {error}") from None
    if not addresses:
        raise UnsafeTargetError(f"'{host[:100]}' cannot be found")
    for address in addresses:
        if not private and not is_public(address):
            raise UnsafeTargetError(
                f"'{host[:100]}' leads to {address}, a private or local address; "
                "an operator can allow those with the setting outbound_private"
            )
    name = f"[{host}]" if ":" in host else host
    place = name if parts.port is None else f"{name}:{parts.port}"
    return Target(parts._replace(netloc=place, fragment="").geturl(), host, port, addresses[0])


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. Pure."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        # An address of version 4 that is carried within has to be public too.
        hidden = found.sixtofour or (ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else None)
        if hidden is not None and not is_public(str(hidden)):
            return False
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _parts(url: str) -> SplitResult:
    if len(url) > _LONGEST or not url.isprintable() or " " in url:
        raise UnsafeTargetError("this is not an address; give one that begins with https://")
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or (parts.port is not None and parts.port < 1):
            raise ValueError
    except ValueError:
        raise UnsafeTargetError(f"'{url[:100]}' is not an address; give one that begins with https://") from None
    return parts
