"""Where git finds a project: over HTTP, and over SSH where that is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from headway.kernel.platform import base_url

if TYPE_CHECKING:
    from headway.kernel.settings import Settings


class CloneAddresses(NamedTuple):
    """How the addresses of all projects begin. ``ssh`` is empty where SSH is not answered, or on a port of chance."""

    http: str
    ssh: str

    def over_http(self, full_name: str) -> str:
        """Return the address of ``owner/name``."""
        return f"{self.http}/{full_name}.git"

    def over_ssh(self, full_name: str) -> str | None:
        """Return the address of ``owner/name``, ``None`` when SSH is not answered."""
        return f"{self.ssh}/{full_name}.git" if self.ssh else None


def clone_addresses(settings: Settings) -> CloneAddresses:
    """Return the addresses for these settings."""
    http = base_url(settings)
    host, port = urlsplit(http).hostname or "localhost", settings.ssh.port
    if not settings.ssh.enabled or not port:
        return CloneAddresses(http, "")
    return CloneAddresses(http, f"ssh://git@{f'[{host}]' if ':' in host else host}{'' if port == 22 else f':{port}'}")
