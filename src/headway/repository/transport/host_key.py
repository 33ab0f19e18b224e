"""The key by which SSH clients know this installation: a file, and encrypted in the database, which backups hold.

So a restored installation has it again once the key of secrets is there, and a stolen backup does not give it away.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from headway.kernel.database import DatabaseError
from headway.kernel.durable import flush_names, room_for
from headway.kernel.errors import NotFoundError
from headway.kernel.logs import log
from headway.kernel.secrets import internal
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.repository.errors import TransportError

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.secrets.service import Secrets

FILE = "ssh_host_key"
_PURPOSE, _NAME = "ssh", "host_key"


def host_key(path: Path, secrets: Secrets) -> bytes:
    """Return the private key; the file wins, then what the database keeps, and a new one is made if there is neither.

    Of several that make it at once, one wins and all return its key. Raises ``TransportError`` when the database has
    one that cannot be read: a new one would make clients believe that somebody came in between.
    """
    if not path.exists():
        _write(path, _kept(path, secrets) or _new())
    key = path.read_bytes()
    try:
        _keep(secrets, key.decode("ascii", "replace"))
    except (SecretsUnreadableError, DatabaseError) as error:
        log.warning("backups will not have the SSH host key", error=str(error))
    return key


def _kept(path: Path, secrets: Secrets) -> bytes:
    try:
        return internal.reveal(secrets, _PURPOSE, _NAME).encode()
    except NotFoundError:
        return b""
    except SecretsUnreadableError:
        raise TransportError(
            "the SSH host key is encrypted with the key of secrets, which is not here; put that back and restart, or a "
            f"copy of the host key at {path}. If neither is left, make a new one, which clients will be warned of: "
            f"ssh-keygen -t ed25519 -N '' -f {path}"
        ) from None


def _keep(secrets: Secrets, text: str) -> None:
    with contextlib.suppress(NotFoundError):
        if internal.reveal(secrets, _PURPOSE, _NAME) == text:
            return
    internal.keep(secrets, _PURPOSE, _NAME, text)


def _new() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH
    return Ed25519PrivateKey.generate().private_bytes(encoding, form, serialization.NoEncryption())


def _write(path: Path, key: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.{os.urandom(6).hex()}")
    with room_for("the SSH host key"):
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(descriptor)
            with contextlib.suppress(FileExistsError):
                os.link(unfinished, path)
        finally:
            unfinished.unlink()
    flush_names(path.parent)
