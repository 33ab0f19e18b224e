"""The keys by which signatures are verified, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import null, select

from headway.kernel.identity.tables import account, gpg_key, gpg_subkey, person, ssh_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnySelect

KeyKind = Literal["ssh", "openpgp"]
_AT_ONCE = 500


class SigningKey(NamedTuple):
    """A person's key. ``email_key`` is the person's address in small letters, ``email_verified`` when it was confirmed.

    ``named``: what a signature names it by, the fingerprint of an SSH key or a key id of an OpenPGP key.
    """

    kind: KeyKind
    named: str
    id: int
    fingerprint: str
    public_key: str
    expires: datetime | None
    handle: str
    email_key: str | None
    email_verified: datetime | None


def signing_keys(connection: Connection, fingerprints: Sequence[str], key_ids: Sequence[str]) -> list[SigningKey]:
    """Return the keys of people that signatures name: SSH keys by fingerprint, OpenPGP keys by key id.

    Two queries, or one, for each 500 of them. Keys of suspended people, of programs and of projects are not among them.
    """
    found: list[SigningKey] = []
    for some in _chunks(fingerprints):
        rows = connection.execute(_SSH.where(ssh_key.c.fingerprint.in_(some)))
        found += [SigningKey("ssh", *row) for row in rows]
    for some in _chunks(key_ids):
        rows = connection.execute(_OPENPGP.where(gpg_subkey.c.key_id.in_(some)))
        found += [SigningKey("openpgp", *row) for row in rows]
    return found


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


_WHOSE = (account.c.handle, person.c.email_key, person.c.email_verified)
_SSH: AnySelect = (
    select(ssh_key.c.fingerprint, ssh_key.c.id, ssh_key.c.fingerprint, ssh_key.c.public_key, null(), *_WHOSE)
    .join(account, account.c.id == ssh_key.c.account_id)
    .join(person, person.c.account_id == account.c.id)
    .where(ssh_key.c.project_id.is_(None), account.c.suspended.is_(None))
)
_OPENPGP: AnySelect = (
    select(gpg_subkey.c.key_id, gpg_key.c.id, gpg_key.c.fingerprint, gpg_key.c.public_key, gpg_key.c.expires, *_WHOSE)
    .join(gpg_key, gpg_key.c.id == gpg_subkey.c.gpg_key_id)
    .join(account, account.c.id == gpg_key.c.account_id)
    .join(person, person.c.account_id == account.c.id)
    .where(account.c.suspended.is_(None))
    .order_by(gpg_key.c.id)
)
