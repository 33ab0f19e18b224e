"""Signatures that git, ssh-keygen and gpg made, and what others made of them."""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.identity.gpg_public_keys import gpg_public_key
from headway.kernel.identity.public_keys import public_key
from headway.kernel.identity.signing_keys import SigningKey
from headway.repository.reading import objects
from headway.repository.signatures.judging import claimed, judged, maker, payload
from headway.repository.signatures.records import MEANINGS, Claim, Verdict
from tests.serving import git, must, working_copy
from tests.signing import GpgSigner, SshSigner, gpg_home, gpg_signer, ssh_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with gpg_home() as home:
        yield home


def ssh_key(signer: SshSigner, email: str | None = "anna@example.com") -> SigningKey:
    found = public_key(signer.public)
    return SigningKey("ssh", found.fingerprint, 1, found.fingerprint, found.line, None, "anna", email, NOW)


def gpg_keys(signer: GpgSigner, email: str = "anna@example.com") -> list[SigningKey]:
    found = gpg_public_key(signer.public, datetime.now(UTC))
    return [
        SigningKey("openpgp", each, 1, found.fingerprint, found.text, found.expires, "anna", email, NOW)
        for each in found.key_ids
    ]


def signed_commit(folder: Path, signer: SshSigner | GpgSigner, *words: str) -> bytes:
    """Return the bytes of a commit that git signed."""
    source = folder if folder.exists() else working_copy(folder)
    env = signer.environment if isinstance(signer, GpgSigner) else {}
    message = words or ("commit", "--quiet", "--allow-empty", "-m", "Sign\n\nWith a body.")
    must(git(*signer.options, *message, at=source, env=env))
    done = subprocess.run(["git", "-C", str(source), "cat-file", "commit", "HEAD"], check=True, capture_output=True)
    return done.stdout


def verdict(data: bytes, *keys: SigningKey, now: datetime = NOW, confirmed_only: bool = False) -> Verdict:
    commit = objects.commit("0" * 40, data)
    claim = claimed(commit.signature)
    if not isinstance(claim, Claim):
        return Verdict(claim)
    known = [key for key in keys if (key.kind, key.named) == claim]
    place = maker(commit.signature, payload(data), known) if known else None
    made_by = known[place] if place is not None else None
    return judged(claim, known, made_by, commit.committer.email, now, confirmed_only=confirmed_only)


@pytest.mark.parametrize("words", ["-t ed25519", "-t ecdsa -b 256", "-t ecdsa -b 384", "-t ecdsa -b 521", "-t rsa"])
def test_ssh_signatures_of_the_usual_kinds_are_valid(tmp_path: Path, words: str) -> None:
    signer = ssh_signer(tmp_path, "key", *words.split())
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    assert verdict(data, key) == Verdict("valid", "anna", key.fingerprint)
    assert verdict(data.replace(b"With a body", b"With another"), key) == Verdict("invalid", "", key.fingerprint)


@pytest.mark.parametrize("kind", ["ed25519", "rsa3072", "nistp256", "nistp384"])
def test_openpgp_signatures_of_the_usual_kinds_are_valid(home: Path, tmp_path: Path, kind: str) -> None:
    signer = gpg_signer(home, f"{kind}@example.com", kind)
    data, keys = signed_commit(tmp_path / "source", signer), gpg_keys(signer)
    assert verdict(data, *keys) == Verdict("valid", "anna", signer.fingerprint)
    assert verdict(data.replace(b"With a body", b"With another"), *keys).reason == "invalid"


def test_a_subkeys_signature_is_its_primary_keys(home: Path, tmp_path: Path) -> None:
    signer = gpg_signer(home, "with-subkey@example.com")
    signer.gpg("--quick-add-key", signer.fingerprint, "ed25519", "sign", "1y")
    data = signed_commit(tmp_path / "source", signer)
    assert claimed(objects.commit("", data).signature) != Claim("openpgp", signer.fingerprint[-16:])
    assert verdict(data, *gpg_keys(signer)) == Verdict("valid", "anna", signer.fingerprint)


def test_a_merge_of_a_signed_tag_is_verified_with_the_tag_in_it(tmp_path: Path) -> None:
    signer, source = ssh_signer(tmp_path), working_copy(tmp_path / "source")
    must(git("switch", "--quiet", "-c", "side", at=source))
    must(git(*signer.options, "commit", "--quiet", "--allow-empty", "-m", "Side", at=source))
    must(git(*signer.options, "tag", "--sign", "-m", "Tag", "v1", at=source))
    must(git("switch", "--quiet", "main", at=source))
    must(git("commit", "--quiet", "--allow-empty", "-m", "Main", at=source))
    data = signed_commit(source, signer, "merge", "--quiet", "--no-ff", "-m", "Merge", "v1")
    assert b"\nmergetag " in data
    assert verdict(data, ssh_key(signer)).verified


def test_each_way_of_not_being_the_committers_has_its_reason(tmp_path: Path) -> None:
    signer = ssh_signer(tmp_path)
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    plain = must(git("cat-file", "commit", "HEAD~1", at=tmp_path / "source")).encode()
    assert verdict(plain, key) == Verdict("unsigned")
    assert verdict(data) == Verdict("unknown_key", "", key.fingerprint)
    assert verdict(data, key._replace(email_key="ben@example.com")) == Verdict("bad_email", "anna", key.fingerprint)
    assert verdict(data, key._replace(email_key=None)).reason == "bad_email"
    assert verdict(data, key._replace(email_verified=None)).verified
    assert verdict(data, key._replace(email_verified=None), confirmed_only=True).reason == "unverified_email"
    assert verdict(data, key._replace(expires=NOW)).reason == "expired_key"
    assert verdict(data, key._replace(expires=NOW + timedelta(seconds=1))).verified
    assert verdict(data.replace(b"anna@example.com> ", b"ben@example.com> "), key).reason == "invalid"


def test_another_persons_key_under_the_same_name_made_nothing(tmp_path: Path) -> None:
    signer, other = ssh_signer(tmp_path), ssh_signer(tmp_path, "other")
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    pretended = key._replace(public_key=public_key(other.public).line)
    assert verdict(data, pretended).reason == "invalid"


def test_somebody_elses_subkey_beside_an_own_primary_key_is_not_ones_own(home: Path, tmp_path: Path) -> None:
    anna, ben = gpg_signer(home, "a@example.com"), gpg_signer(home, "b@example.com")
    data = signed_commit(tmp_path / "source", anna)
    (named,) = gpg_keys(anna)
    pretended = named._replace(public_key=gpg_keys(ben)[0].public_key, fingerprint=ben.fingerprint, handle="ben")
    assert verdict(data, pretended).reason == "invalid"
    assert verdict(data, pretended, named) == Verdict("valid", "anna", anna.fingerprint)


def test_a_signature_for_another_purpose_is_not_one_of_a_commit(tmp_path: Path) -> None:
    signer = ssh_signer(tmp_path)
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    assert verdict(resigned(data, signer, "git"), key).verified
    assert verdict(resigned(data, signer, "file"), key).reason == "invalid"


def resigned(data: bytes, signer: SshSigner, namespace: str) -> bytes:
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(signer.path), "-n", namespace]
    made = subprocess.run(words, input=payload(data), capture_output=True, check=True).stdout.strip()
    head, _, message = payload(data).partition(b"\n\n")
    return head + b"\ngpgsig " + made.replace(b"\n", b"\n ") + b"\n\n" + message


@pytest.mark.parametrize("weaker", [["--textmode"], ["--digest-algo", "SHA1"]])
def test_an_openpgp_signature_is_of_bytes_and_with_a_strong_hash(home: Path, tmp_path: Path, weaker: list[str]) -> None:
    signer = gpg_signer(home, "strong@example.com", "rsa3072")
    data = signed_commit(tmp_path / "source", signer)
    text = signer.gpg("--local-user", signer.fingerprint, *weaker, "-a", "--detach-sign", given=payload(data))
    head, _, message = payload(data).partition(b"\n\n")
    other = head + b"\ngpgsig " + text.strip().replace(b"\n", b"\n ") + b"\n\n" + message
    assert verdict(data, *gpg_keys(signer)).verified
    assert verdict(other, *gpg_keys(signer)).reason == "invalid"


def test_a_second_signature_makes_neither_valid(tmp_path: Path) -> None:
    signer, other = ssh_signer(tmp_path), ssh_signer(tmp_path, "other")
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    signature = b"gpgsig " + objects.commit("", resigned(data, other, "git")).signature.encode().replace(b"\n", b"\n ")
    head, _, message = data.partition(b"\n\n")
    for doubled in (
        head + b"\n" + signature + b"\n\n" + message,
        head.replace(b"gpgsig ", signature + b"\ngpgsig ", 1) + b"\n\n" + message,
    ):
        assert not verdict(doubled, key, ssh_key(other)).verified


def test_a_signature_in_the_message_is_none(tmp_path: Path) -> None:
    signer = ssh_signer(tmp_path)
    data = signed_commit(tmp_path / "source", signer)
    signature = objects.commit("", data).signature.replace("\n", "\n ").encode()
    assert verdict(payload(data) + b"\ngpgsig " + signature + b"\n", ssh_key(signer)).reason == "unsigned"


def test_a_key_on_a_security_token_signs_for_what_it_tells_of_the_touch() -> None:
    private = Ed25519PrivateKey.generate()
    application = b"ssh:"
    public = strings(b"sk-ssh-ed25519@openssh.com", private.public_key().public_bytes_raw(), application)
    line = f"sk-ssh-ed25519@openssh.com {base64.b64encode(public).decode()}"
    found = public_key(line)
    key = SigningKey("ssh", found.fingerprint, 1, found.fingerprint, found.line, None, "anna", "anna@example.com", NOW)
    head = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <anna@example.com> 1 +0000\n"
    head += b"committer A <anna@example.com> 1 +0000"
    digest = hashlib.sha512(head + b"\n\nHi\n").digest()
    message = b"SSHSIG" + strings(b"git", b"", b"sha512", digest)
    told = b"\x00" + struct.pack(">I", 7)
    made = private.sign(hashlib.sha256(application).digest() + told + hashlib.sha256(message).digest())
    for rest, reason in ((told, "valid"), (b"\x01" + told[1:], "invalid")):
        inner = strings(b"sk-ssh-ed25519@openssh.com", made) + rest
        blob = b"SSHSIG\0\0\0\1" + strings(public, b"git", b"", b"sha512", inner)
        armored = b"-----BEGIN SSH SIGNATURE-----\n " + base64.b64encode(blob) + b"\n -----END SSH SIGNATURE-----"
        assert verdict(head + b"\ngpgsig " + armored + b"\n\nHi\n", key).reason == reason


def strings(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def test_sha_1_is_not_good_enough_for_rsa(tmp_path: Path) -> None:
    signer = ssh_signer(tmp_path, "key", "-t", "rsa")
    data = signed_commit(tmp_path / "source", signer)
    text = objects.commit("", data).signature
    blob = base64.b64decode("".join(text.splitlines()[1:-1]))
    assert b"rsa-sha2-512" in blob
    start = blob.index(b"\0\0\0\x0crsa-sha2-512") - 4
    inner = strings(b"ssh-rsa") + blob[start + 20 :]
    weak = base64.b64encode(blob[:start] + strings(inner)).decode()
    assert (
        maker(f"-----BEGIN SSH SIGNATURE-----\n{weak}\n-----END SSH SIGNATURE-----", payload(data), [ssh_key(signer)])
        is None
    )


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("", "unsigned"),
        (" \n", "unsigned"),
        ("garbage", "unknown_signature_type"),
        ("-----BEGIN SIGNED MESSAGE-----\nMII\n-----END SIGNED MESSAGE-----", "unknown_signature_type"),
        ("-----BEGIN SSH SIGNATURE-----", "malformed_signature"),
        ("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----", "malformed_signature"),
        ("-----BEGIN SSH SIGNATURE-----\n\ud800\n-----END SSH SIGNATURE-----", "malformed_signature"),
        ("-----BEGIN PGP SIGNATURE-----\n\nnothing\n-----END PGP SIGNATURE-----", "malformed_signature"),
        ("-----BEGIN PGP SIGNATURE-----\n\n\udcff\n-----END PGP SIGNATURE-----", "malformed_signature"),
        ("-----BEGIN PGP SIGNATURE-----" + "A" * 70_000, "malformed_signature"),
    ],
)
def test_garbage_has_a_reason_too(signature: str, reason: str) -> None:
    assert claimed(signature) == reason


@given(st.sampled_from(["SSH SIGNATURE", "PGP SIGNATURE", "PGP MESSAGE"]), st.binary(max_size=300))
def test_no_bytes_in_a_signature_do_harm(kind: str, data: bytes) -> None:
    text = f"-----BEGIN {kind}-----\n\n{base64.b64encode(data).decode()}\n-----END {kind}-----\n"
    claim = claimed(text)
    assert isinstance(claim, Claim) or claim in MEANINGS
    key = SigningKey("ssh", "", 1, "", "ssh-ed25519 AAAA", None, "anna", None, None)
    assert maker(text, b"", [key]) is None


def test_no_change_of_a_bit_leaves_an_ssh_signature_valid(tmp_path: Path) -> None:
    signer = ssh_signer(tmp_path)
    data, key = signed_commit(tmp_path / "source", signer), ssh_key(signer)
    signed = payload(data)
    blob = base64.b64decode("".join(objects.commit("", data).signature.splitlines()[1:-1]))
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1 << place % 8
        text = base64.b64encode(changed).decode()
        assert maker(f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----", signed, [key]) is None, (
            place
        )


@given(st.lists(st.sampled_from([b"tree x", b"gpgsig a", b" b", b"gpgsig-sha256 c", b"mergetag d", b" gpgsig e"])))
def test_what_is_signed_lacks_one_signature_and_nothing_else(lines: list[bytes]) -> None:
    message = b"\n\nHi\ngpgsig f\n"
    left = payload(b"\n".join(lines) + message)
    assert left.endswith(message)
    kept = left[: -len(message)].split(b"\n")
    assert sum(line == b"gpgsig a" for line in kept) == max(0, lines.count(b"gpgsig a") - 1)
    for word in (b"tree x", b"mergetag d"):
        assert kept.count(word) == lines.count(word)
