"""Pushes to branches whose commits are signed, by real git with real keys."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event

from headway.kernel.identity import store
from headway.kernel.identity.ssh_keys import own_keys
from headway.repository import signed_pushes
from tests.serving import Person, Served, commit, git, must, serving, working_copy
from tests.signing import GpgSigner, SshSigner, gpg_home, gpg_signer, ssh_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

EMAIL = "anna@example.com"


@pytest.fixture
def anna(served: Served) -> Person:
    """Return somebody with a project whose main branch takes signed commits only."""
    anna = with_email(served, served.person("anna"), EMAIL)
    served.project(anna)
    protect(served, anna, "main")
    return anna


@pytest.fixture
def gnupg() -> Iterator[GpgSigner]:
    with gpg_home() as home:
        yield gpg_signer(home)


def with_email(served: Served, person: Person, email: str) -> Person:
    """Give a person an address that nobody has confirmed."""

    def work(connection: Connection) -> None:
        store.set_email(connection, person.account_id, email, None)

    served.headway.platform.database.write(work)
    return person


def protect(served: Served, person: Person, pattern: str, **more: object) -> None:
    with served.client(person) as client:
        path = f"/api/v1/projects/{person.handle}/shop/branch-rules"
        assert client.put(path, json={"pattern": pattern, "signed": True, **more}).status_code == 200


def registered(served: Served, person: Person, signer: SshSigner | GpgSigner) -> int:
    platform = served.headway.platform
    if isinstance(signer, GpgSigner):
        return platform.gpg_keys.add(person.actor, signer.public).id
    return platform.ssh_keys.add(person.actor, own_keys(person.actor), signer.public).id


def signed(source: Path, signer: SshSigner | GpgSigner, email: str = EMAIL, *words: str) -> str:
    """Make a signed commit, and return its name."""
    more = signer.environment if isinstance(signer, GpgSigner) else {}
    env = {**more, "GIT_COMMITTER_EMAIL": email}
    must(git(*signer.options, *(words or ("commit", "--quiet", "--allow-empty", "-m", "Signed")), at=source, env=env))
    return must(git("rev-parse", "HEAD", at=source))


def empty(folder: Path) -> Path:
    folder.mkdir()
    must(git("init", "--quiet", "--initial-branch=main", at=folder))
    return folder


def push(served: Served, person: Person, source: Path, *refs: str) -> str:
    """Push, and return what git said; empty when it was taken."""
    done = git("push", served.address(person, f"{person.handle}/shop"), *(refs or ("main",)), at=source)
    return done.said if done.code else ""


def changed(source: Path, old: bytes, new: bytes) -> str:
    """Make the newest commit's branch point to a commit with other bytes."""
    data = subprocess.run(["git", "-C", str(source), "cat-file", "commit", "HEAD"], capture_output=True, check=True)
    assert old in data.stdout
    words = ["git", "-C", str(source), "hash-object", "-t", "commit", "-w", "--stdin"]
    made = subprocess.run(words, input=data.stdout.replace(old, new, 1), capture_output=True, check=True)
    must(git("reset", "--quiet", "--soft", made.stdout.decode().strip(), at=source))
    return made.stdout.decode().strip()


def test_commits_signed_with_a_registered_ssh_key_are_taken(served: Served, anna: Person, tmp_path: Path) -> None:
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    signed(source, signer)
    signed(source, signer, EMAIL.upper())
    assert push(served, anna, source) == ""


def test_commits_signed_with_a_registered_openpgp_key_are_taken(
    served: Served, anna: Person, gnupg: GpgSigner, tmp_path: Path
) -> None:
    source = empty(tmp_path / "source")
    signed(source, gnupg)
    said = push(served, anna, source)
    assert "unknown_key: the key that signed it is nobody's here" in said
    assert f"add the key {gnupg.fingerprint[-16:]} at" in said
    assert "/-/account/gpg-keys" in said
    key = registered(served, anna, gnupg)
    assert push(served, anna, source) == ""
    served.headway.platform.gpg_keys.remove(anna.actor, key)
    signed(source, gnupg)
    assert "unknown_key" in push(served, anna, source)


def test_an_unsigned_commit_is_named_with_its_reason_and_what_to_do(
    served: Served, anna: Person, tmp_path: Path
) -> None:
    signer, source = ssh_signer(tmp_path), working_copy(tmp_path / "source")
    registered(served, anna, signer)
    sha = must(git("rev-parse", "HEAD", at=source))
    signed(source, signer)
    said = push(served, anna, source)
    assert (
        "the rule 'main' protects the branch 'main': its commits are signed, and 1 new commit is not verified:" in said
    )
    assert f"{sha[:12]} unsigned: it carries no signature" in said
    assert "git config user.signingkey ~/.ssh/id_ed25519.pub" in said
    assert f"{served.url}/-/account/ssh-keys" in said
    assert push(served, anna, source, "main:free") == ""


def test_a_key_that_nobody_registered_or_that_was_removed_is_unknown(
    served: Served, anna: Person, tmp_path: Path
) -> None:
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    signed(source, signer)
    assert "unknown_key" in push(served, anna, source)
    key = registered(served, anna, signer)
    assert push(served, anna, source) == ""
    served.headway.platform.ssh_keys.remove(anna.actor, own_keys(anna.actor), key)
    signed(source, signer)
    assert "unknown_key" in push(served, anna, source)


def test_somebody_elses_address_is_not_signed_for(served: Served, anna: Person, tmp_path: Path) -> None:
    ben = with_email(served, served.person("ben"), "ben@example.com")
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, ben, signer)
    signed(source, signer)
    said = push(served, anna, source)
    assert "bad_email: the key is ben's, and 'anna@example.com' is not ben's address" in said
    signed(source, signer, "ben@example.com", "commit", "--amend", "--no-edit", "--quiet", "--allow-empty")
    assert push(served, anna, source) == ""


def test_an_address_counts_once_it_is_confirmed_where_e_mail_is_sent(sqlite_template: Path, tmp_path: Path) -> None:
    mail = {"server": "smtp://127.0.0.1:1", "sender": "headway@example.com"}
    with serving(tmp_path / "server", sqlite_template, mail=mail) as served:
        anna = with_email(served, served.person("anna"), EMAIL)
        served.project(anna)
        protect(served, anna, "main")
        signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
        registered(served, anna, signer)
        signed(source, signer)
        assert "unverified_email: anna confirms 'anna@example.com' at" in push(served, anna, source)
        platform = served.headway.platform
        platform.database.write(
            lambda connection: store.set_email(connection, anna.account_id, EMAIL, platform.clock())
        )
        assert push(served, anna, source) == ""


def test_a_commit_that_was_changed_afterwards_is_invalid(served: Served, anna: Person, tmp_path: Path) -> None:
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    signed(source, signer)
    sha = changed(source, b"\n\nSigned", b"\n\nForged")
    said = push(served, anna, source)
    assert f"{sha[:12]} invalid: the signature is not of this content" in said


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (b"gpgsig garbage", "unknown_signature_type"),
        (b"gpgsig -----BEGIN SSH SIGNATURE-----\n garbage\n -----END SSH SIGNATURE-----", "malformed_signature"),
        (b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----", "malformed_signature"),
        (b"gpgsig \xff\xfe", "unknown_signature_type"),
    ],
)
def test_garbage_for_a_signature_is_refused(
    served: Served, anna: Person, tmp_path: Path, signature: bytes, reason: str
) -> None:
    source = working_copy(tmp_path / "source")
    sha = changed(source, b"\n\n", b"\n" + signature + b"\n\n")
    assert f"{sha[:12]} {reason}" in push(served, anna, source)


def test_a_merge_and_what_it_merges_are_both_signed(served: Served, anna: Person, tmp_path: Path) -> None:
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    signed(source, signer)
    must(git("switch", "--quiet", "-c", "side", at=source))
    plain = commit(source, "Not signed")
    must(git("switch", "--quiet", "main", at=source))
    signed(source, signer)
    assert push(served, anna, source) == ""
    signed(source, signer, EMAIL, "merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    said = push(served, anna, source)
    assert (f"{plain[:12]} unsigned" in said, "1 new commit is not verified" in said) == (True, True)


def test_a_commit_that_lies_on_another_branch_is_not_vouched_for(served: Served, anna: Person, tmp_path: Path) -> None:
    source = working_copy(tmp_path / "source", commits=2)
    assert push(served, anna, source, "main:free") == ""
    assert "2 new commits are not verified" in push(served, anna, source)


def test_what_was_there_before_the_rule_stays(served: Served, anna: Person, tmp_path: Path) -> None:
    with served.client(anna) as client:
        path = "/api/v1/projects/anna/shop/branch-rules"
        client.delete(path, params={"pattern": "main"})
        source, signer = working_copy(tmp_path / "source"), ssh_signer(tmp_path)
        assert push(served, anna, source) == ""
    protect(served, anna, "**")
    registered(served, anna, signer)
    signed(source, signer)
    assert push(served, anna, source, "main", "main:release/1") == ""
    plain = commit(source)
    assert f"{plain[:12]} unsigned" in push(served, anna, source, "main:release/2")
    assert f"{plain[:12]} unsigned" in push(served, anna, source, "main:release/1")


def test_forcing_to_another_history_is_verified_too(served: Served, anna: Person, tmp_path: Path) -> None:
    protect(served, anna, "main", force_role="owner")
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    signed(source, signer)
    signed(source, signer)
    assert push(served, anna, source) == ""
    must(git("reset", "--quiet", "--hard", "HEAD~1", at=source))
    commit(source)
    assert "unsigned" in push(served, anna, source, "+main")
    must(git("reset", "--quiet", "--hard", "HEAD~1", at=source))
    signed(source, signer, EMAIL, "commit", "--quiet", "--allow-empty", "-m", "Other")
    assert push(served, anna, source, "+main") == ""
    must(git("reset", "--quiet", "--hard", "HEAD~1", at=source))
    assert push(served, anna, source, "+main") == ""


def test_more_commits_than_are_verified_at_once_are_pushed_in_parts(
    served: Served, anna: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed_pushes, "MOST_COMMITS", 2)
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    for _ in range(3):
        signed(source, signer)
    assert "at most 2 new commits are verified at once: push an older one first" in push(served, anna, source)
    assert push(served, anna, source, "main~1:refs/heads/main") == ""
    assert push(served, anna, source) == ""


def test_a_push_takes_as_many_queries_for_many_commits_as_for_one(served: Served, anna: Person, tmp_path: Path) -> None:
    signer, source = ssh_signer(tmp_path), empty(tmp_path / "source")
    registered(served, anna, signer)
    asked: list[str] = []

    def note(*words: object) -> None:
        if "ssh_key.fingerprint IN" in str(words[2]) or "gpg_subkey" in str(words[2]):
            asked.append(str(words[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        signed(source, signer)
        assert push(served, anna, source) == ""
        one = len(asked)
        for _ in range(30):
            signed(source, signer)
        assert push(served, anna, source) == ""
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert (one, len(asked) - one) == (1, 1)
