from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import InvalidNameError, MissingScopeError, TakenError
from headway.kernel.identity.gpg_public_keys import gpg_public_key, key_id_of
from headway.kernel.identity.tables import gpg_subkey
from tests.signing import gpg_home, gpg_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kernel.house import House

NOW = datetime.now(UTC)
HEAD, TAIL = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", "\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with gpg_home() as home:
        yield home


@pytest.mark.parametrize("kind", ["ed25519", "rsa3072", "nistp256"])
def test_keys_of_the_usual_kinds_have_the_fingerprint_that_gpg_shows(home: Path, kind: str) -> None:
    signer = gpg_signer(home, f"{kind}@example.com", kind)
    key = gpg_public_key(f"\n {signer.public}\n", NOW)
    assert (key.fingerprint, key.user_id, key.expires) == (
        signer.fingerprint,
        f"Anna Berg <{kind}@example.com>",
        None,
    )
    assert key.key_ids == (signer.fingerprint[-16:],)


def test_subkeys_are_known_by_their_key_ids(home: Path) -> None:
    signer = gpg_signer(home, "subkeys@example.com")
    signer.gpg("--quick-add-key", signer.fingerprint, "rsa3072", "sign", "1y")
    listed = signer.gpg("--with-colons", "--list-keys", signer.fingerprint).decode().splitlines()
    shown = [line.split(":")[4] for line in listed if line.startswith(("pub", "sub"))]
    assert list(gpg_public_key(signer.public, NOW).key_ids) == shown
    assert len(shown) == 2


def test_the_key_id_is_the_end_of_a_fingerprint_or_since_version_6_its_beginning() -> None:
    assert key_id_of("0123456789abcdef0123456789abcdef01234567") == "89ABCDEF01234567"
    assert key_id_of("fedcba9876543210" + "0" * 48) == "FEDCBA9876543210"


def test_a_private_key_is_refused_with_a_word_of_warning(home: Path) -> None:
    signer = gpg_signer(home, "private@example.com")
    private = signer.gpg("--armor", "--export-secret-keys", signer.fingerprint).decode()
    with pytest.raises(InvalidNameError, match="must not leave your machine") as caught:
        gpg_public_key(private, NOW)
    assert private.split("\n")[2] not in str(caught.value)
    disguised = gpg_public_key(private.replace("PRIVATE", "PUBLIC"), NOW)
    packets = signer.gpg("--list-packets", given=disguised.text.encode())
    assert (b"public key packet" in packets, b"secret" in packets) == (True, False)


def test_an_expired_key_is_refused_with_what_to_do(home: Path) -> None:
    signer = gpg_signer(home, "old@example.com", "ed25519", "--faked-system-time", "20240101T000000")
    with pytest.raises(InvalidNameError, match="expired on 2024-01-02; extend it"):
        gpg_public_key(signer.public, NOW)
    assert gpg_public_key(signer.public, datetime(2024, 1, 1, 12, tzinfo=UTC)).expires == datetime(
        2024, 1, 2, tzinfo=UTC
    )


def test_a_revoked_key_is_refused(home: Path) -> None:
    signer = gpg_signer(home, "revoked@example.com")
    kept = (home / "openpgp-revocs.d" / f"{signer.fingerprint}.rev").read_text()
    signer.gpg("--import", given=kept.replace(":-----BEGIN", "-----BEGIN").encode())
    with pytest.raises(InvalidNameError, match="has been revoked"):
        gpg_public_key(signer.public, NOW)


def test_two_keys_at_once_and_what_is_too_long_are_refused(home: Path) -> None:
    one, other = gpg_signer(home, "one@example.com"), gpg_signer(home, "other@example.com")
    both = one.gpg("--armor", "--export", one.fingerprint, other.fingerprint).decode()
    with pytest.raises(InvalidNameError, match="not one public OpenPGP key"):
        gpg_public_key(both, NOW)
    with pytest.raises(InvalidNameError, match="export-minimal"):
        gpg_public_key(HEAD + "A" * 100_000, NOW)


@given(st.text(max_size=400) | st.builds(f"{HEAD}{{}}{TAIL}".format, st.text("ABCxyz0129+/=\n", max_size=400)))
def test_whatever_is_pasted_is_refused_politely(text: str) -> None:
    with pytest.raises(InvalidNameError) as caught:
        gpg_public_key(text, NOW)
    assert "\n" not in str(caught.value)


def test_a_person_adds_lists_and_removes_gpg_keys(house: House, home: Path) -> None:
    anna, ben, keys = house.person("anna"), house.person("ben"), house.platform.gpg_keys
    signer = gpg_signer(home, "anna@example.com")
    house.clock.now = datetime.now(UTC)
    first = keys.add(anna, signer.public)
    second = keys.add(anna, gpg_signer(home, "work@example.com").public, "Work")
    assert [key.name for key in keys.own(anna)] == ["Work", "Anna Berg <anna@example.com>"]
    with pytest.raises(TakenError, match="remove it first"):
        keys.add(ben, signer.public)
    with pytest.raises(NotFoundError):
        keys.remove(ben, first.id)
    keys.remove(anna, first.id)
    assert [key.id for key in keys.own(anna)] == [second.id]
    assert [event.data["fingerprint"] for event in house.events("gpg-key.removed")] == [signer.fingerprint]
    left = house.platform.database.read(
        lambda connection: connection.execute(select(func.count()).select_from(gpg_subkey)).scalar_one()
    )
    assert left == 1
    assert keys.add(ben, signer.public).name == first.name


def test_gpg_keys_take_an_account_and_the_scope_for_it(house: House, home: Path) -> None:
    with pytest.raises(UnauthenticatedError):
        house.platform.gpg_keys.own(ANONYMOUS)
    narrow = house.person("anna")._replace(scopes=frozenset({"read:user"}))
    house.clock.now = datetime.now(UTC) + timedelta(seconds=1)
    with pytest.raises(MissingScopeError):
        house.platform.gpg_keys.add(narrow, gpg_signer(home, "narrow@example.com").public)
    assert house.platform.gpg_keys.own(narrow) == []
