"""Verifying the signatures of 1,000 commits beside ssh-keygen and gpgv, and pushing them to a branch with the rule."""

from __future__ import annotations

import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncssh
import pygit2
from pysequoia import SignatureMode, Tsk, sign

from headway.kernel.identity import store
from headway.kernel.identity.gpg_public_keys import gpg_public_key
from headway.kernel.identity.public_keys import public_key
from headway.kernel.identity.signing_keys import SigningKey
from headway.kernel.identity.ssh_keys import own_keys
from headway.repository.reading import objects
from headway.repository.signatures.judging import maker, payload
from tests.databases import prepare_file
from tests.serving import Person, Served, git, must, serving

if TYPE_CHECKING:
    from collections.abc import Callable

COMMITS = 1_000
PEERS = 100
EMAIL = "anna@example.com"
_WHO = f"Anna <{EMAIL}>"
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class Signer(NamedTuple):
    """A key: its public half, and what makes a signature of bytes."""

    public: str
    sign: Callable[[bytes], bytes]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signers = {"none": None, "Ed25519": _ssh("ssh-ed25519"), "RSA 4096": _ssh("ssh-rsa"), "OpenPGP": _openpgp()}
        source = folder / "source"
        must(git("init", "--quiet", "--bare", str(source)))
        made = {kind: _commits(source, kind, signer) for kind, signer in signers.items()}
        for kind, signer in signers.items():
            if signer is not None:
                _verify(kind, signer, made[kind])
        _peers(folder, made["Ed25519"][0], made["OpenPGP"][0], signers)
        with serving(folder / "server", prepare_file(folder)) as served:
            _push(served, source, signers)


def _ssh(kind: str) -> Signer:
    key = (
        asyncssh.generate_private_key(kind, key_size=4096) if kind == "ssh-rsa" else asyncssh.generate_private_key(kind)
    )
    public = key.export_public_key().decode()
    return Signer(public, lambda data: asyncssh.create_sshsig(key, data, namespace="git"))


def _openpgp() -> Signer:
    key = Tsk.generate(_WHO)
    signer = key.signer()
    return Signer(str(key.extract_certificate()), lambda data: sign(signer, data, mode=SignatureMode.DETACHED))


def _commits(source: Path, branch: str, signer: Signer | None) -> list[bytes]:
    """Add a branch of commits that a key signed, and return their bytes."""
    repository, parent = pygit2.Repository(str(source)), ""
    repository.odb.write(pygit2.enums.ObjectType.TREE, b"")
    found = []
    for number in range(COMMITS):
        who = f"{_WHO} {1_700_000_000 + number} +0000"
        before = f"parent {parent}\n" if parent else ""
        head = f"tree {_EMPTY_TREE}\n{before}author {who}\ncommitter {who}".encode()
        message = f"\n\nChange {number} of {branch}\n".encode()
        signature = signer.sign(head + message).strip().replace(b"\n", b"\n ") if signer else b""
        data = head + (b"\ngpgsig " + signature if signer else b"") + message
        parent = str(repository.odb.write(pygit2.enums.ObjectType.COMMIT, data))
        found.append(data)
    must(git("update-ref", f"refs/heads/{branch.replace(' ', '-')}", parent, at=source))
    return found


def _verify(kind: str, signer: Signer, commits: list[bytes]) -> None:
    if kind == "OpenPGP":
        openpgp = gpg_public_key(signer.public, datetime.now(UTC))
        fingerprint, text = openpgp.fingerprint, openpgp.text
    else:
        ssh = public_key(signer.public)
        fingerprint, text = ssh.fingerprint, ssh.line
    key = SigningKey("ssh", fingerprint, 1, fingerprint, text, None, "anna", EMAIL, None)
    began = time.perf_counter()
    right = sum(maker(objects.commit("", data).signature, payload(data), [key]) == 0 for data in commits)
    assert right == COMMITS
    print(f"{kind}: {(time.perf_counter() - began) * 1000 / COMMITS:.3f} ms a commit")


def _peers(folder: Path, by_ssh: bytes, by_openpgp: bytes, signers: dict[str, Signer | None]) -> None:
    ssh, openpgp = signers["Ed25519"], signers["OpenPGP"]
    assert ssh is not None
    assert openpgp is not None
    (folder / "allowed").write_text(f"{EMAIL} {ssh.public}")
    (folder / "ssh.sig").write_text(objects.commit("", by_ssh).signature + "\n")
    (folder / "gpg.sig").write_text(objects.commit("", by_openpgp).signature + "\n")
    (folder / "payload").write_bytes(payload(by_openpgp))
    dearmor = ["gpg", "--batch", "--quiet", "--homedir", str(folder), "--dearmor"]
    keyring = subprocess.run(dearmor, input=openpgp.public.encode(), capture_output=True, check=True).stdout
    (folder / "keys.gpg").write_bytes(keyring)
    verify = ["ssh-keygen", "-q", "-Y", "verify", "-f", "allowed", "-I", EMAIL, "-n", "git", "-s", "ssh.sig"]
    gpgv = ["gpgv", "--quiet", "--homedir", str(folder), "--keyring", "./keys.gpg", "gpg.sig", "payload"]
    for command, given in ((verify, payload(by_ssh)), (gpgv, b"")):
        began = time.perf_counter()
        for _ in range(PEERS):
            subprocess.run(command, cwd=folder, input=given, capture_output=True, check=True)
        print(f"{command[0]}: {(time.perf_counter() - began) * 1000 / PEERS:.1f} ms a commit")


def _push(served: Served, source: Path, signers: dict[str, Signer | None]) -> None:
    anna, platform = served.person("anna"), served.headway.platform
    platform.database.write(lambda connection: store.set_email(connection, anna.account_id, EMAIL, None))
    for kind, signer in signers.items():
        if signer and kind == "OpenPGP":
            platform.gpg_keys.add(anna.actor, signer.public)
        elif signer:
            platform.ssh_keys.add(anna.actor, own_keys(anna.actor), signer.public)
        for rule in (False, True) if signer else (False,):
            name = f"{kind}-{rule}".replace(" ", "-")
            served.project(anna, name)
            if rule:
                _protect(served, anna, name)
            began = time.perf_counter()
            refs = f"refs/heads/{kind.replace(' ', '-')}:refs/heads/main"
            must(git("push", served.address(anna, f"anna/{name}"), refs, at=source))
            words = "with the rule" if rule else "without a rule"
            print(f"push, signed with {kind}, {words}: {(time.perf_counter() - began) * 1000:.0f} ms")


def _protect(served: Served, person: Person, name: str) -> None:
    with served.client(person) as client:
        path = f"/api/v1/projects/anna/{name}/branch-rules"
        assert client.put(path, json={"pattern": "main", "signed": True}).status_code == 200
