"""People's keys for signing, made by the real programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class SshSigner(NamedTuple):
    """An SSH key on somebody's machine."""

    path: Path

    @property
    def public(self) -> str:
        return self.path.with_name(f"{self.path.name}.pub").read_text()

    @property
    def options(self) -> tuple[str, ...]:
        """Options of git that sign with it."""
        return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.path}", "-c", "commit.gpgsign=true")


class GpgSigner(NamedTuple):
    """A home of GnuPG, and a key in it."""

    home: Path
    fingerprint: str

    def gpg(self, *arguments: str, given: bytes = b"") -> bytes:
        return run_gpg(self.home, *arguments, given=given)

    @property
    def public(self) -> str:
        return self.gpg("--armor", "--export", self.fingerprint).decode()

    @property
    def options(self) -> tuple[str, ...]:
        """Options of git that sign with it."""
        return ("-c", f"user.signingkey={self.fingerprint}", "-c", "commit.gpgsign=true", "-c", "gpg.format=openpgp")

    @property
    def environment(self) -> dict[str, str]:
        return {"GNUPGHOME": str(self.home)}


def ssh_signer(folder: Path, name: str = "key", *words: str) -> SshSigner:
    """Return a key that ssh-keygen made."""
    path = folder / name
    kind = words or ("-t", "ed25519")
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", f"{name}@laptop", "-f", str(path), *kind], check=True)
    return SshSigner(path)


def run_gpg(home: Path, *arguments: str, given: bytes = b"") -> bytes:
    words = ["gpg", "--batch", "--quiet", "--no-tty", "--passphrase", "", "--pinentry-mode", "loopback", *arguments]
    environment = {**os.environ, "GNUPGHOME": str(home), "LC_ALL": "C"}
    return subprocess.run(words, check=True, capture_output=True, input=given, env=environment).stdout


@contextmanager
def gpg_home() -> Iterator[Path]:
    """Lend an empty home of GnuPG; its path is short, since the agent listens on a socket in it."""
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    try:
        yield home
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False, env={**os.environ, "GNUPGHOME": str(home)})
        shutil.rmtree(home, ignore_errors=True)


def gpg_signer(home: Path, email: str = "anna@example.com", kind: str = "ed25519", *options: str) -> GpgSigner:
    """Return a new key. ``options`` go before gpg's command, ``--faked-system-time`` for one."""
    expire = "1d" if options else "never"
    words = ("--yes", "--status-fd", "1", "--quick-generate-key", f"Anna Berg <{email}>", kind, "sign,cert", expire)
    said = run_gpg(home, *options, *words).decode()
    return GpgSigner(home, said.partition("KEY_CREATED P ")[2].split()[0])
