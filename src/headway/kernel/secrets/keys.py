"""Where the key of secrets is: in the settings, or in a file of the data folder that only the server can read.

Either holds one key, or several while they are changed: the newest first. The database says which is in use.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.backup import KEY_FILE
from headway.kernel.durable import flush_names
from headway.kernel.secrets.cipher import Key, new_key, parsed_key
from headway.kernel.secrets.errors import KeyFormatError

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.settings import Settings


class Keyring(NamedTuple):
    """The keys that are here, newest first."""

    keys: tuple[Key, ...]

    def get(self, key_id: str) -> Key | None:
        """Return the key with an id."""
        return next((key for key in self.keys if key.id == key_id), None)


class Keys:
    """Reads and writes the keyring."""

    def __init__(self, settings: Settings) -> None:
        self._setting = settings.key
        self.path = settings.data / KEY_FILE
        self.is_set = bool(settings.key.get_secret_value())

    def load(self) -> Keyring:
        """Return the keys that are here, none when nobody has made one. Raises ``KeyFormatError``."""
        if self.is_set:
            texts = self._setting.get_secret_value().split(",")
        else:
            try:
                texts = self.path.read_text("utf-8").split()
            except FileNotFoundError:
                return Keyring(())
            except (OSError, UnicodeDecodeError) as error:
                raise KeyFormatError(f"{self.path} cannot be read: {error}") from None
        try:
            return Keyring(tuple(parsed_key(text) for text in texts))
        except KeyFormatError as error:
            where = "the setting 'key'" if self.is_set else self.path
            raise KeyFormatError(f"{where}: {error}") from None

    def make(self) -> Keyring:
        """Make a key file if there is none. Of several that do so at once, one wins and all return its key."""
        unfinished = self._unfinished(Keyring((new_key(),)))
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, self.path)
        unfinished.unlink()
        flush_names(self.path.parent)
        return self.load()

    def replace(self, ring: Keyring) -> None:
        """Write the key file anew, whole or not at all, for the same owner as before."""
        unfinished = self._unfinished(ring)
        with contextlib.suppress(OSError):
            owner = self.path.stat()
            os.chown(unfinished, owner.st_uid, owner.st_gid)
        unfinished.replace(self.path)
        flush_names(self.path.parent)

    def _unfinished(self, ring: Keyring) -> Path:
        path = self.path.with_name(f"{KEY_FILE}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{key.text}\n" for key in ring.keys)
            file.flush()
            os.fsync(descriptor)
        return path
