from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import InvalidNameError, MissingScopeError, TakenError
from headway.kernel.identity.public_keys import public_key
from headway.kernel.identity.ssh_keys import deploy_keys, own_keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kernel.house import House


def new_key(folder: Path, *words: str, comment: str = "anna@laptop") -> str:
    """Return the public line of a key that ssh-keygen made; the private one lies beside it."""
    path = folder / f"key-{len(list(folder.iterdir()))}"
    command = ["ssh-keygen", "-q", "-N", "", "-C", comment, "-f", str(path), *(words or ("-t", "ed25519"))]
    subprocess.run(command, check=True)
    return path.with_suffix(".pub").read_text()


@pytest.mark.parametrize("words", ["-t ed25519", "-t ecdsa -b 256", "-t ecdsa -b 521", "-t rsa -b 2048"])
def test_keys_of_the_usual_kinds_have_the_fingerprint_that_ssh_shows(tmp_path: Path, words: str) -> None:
    line = new_key(tmp_path, *words.split())
    key = public_key(f"\n  {line}\n")
    shown = subprocess.run(["ssh-keygen", "-lf", "-"], input=line, capture_output=True, text=True, check=True)
    assert key.fingerprint == shown.stdout.split()[1]
    assert (key.line, key.comment) == (" ".join(line.split()[:2]), "anna@laptop")


def test_a_key_of_a_security_token_is_taken() -> None:
    line = (
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIKbjSnqLMVGcXHYnqDeTJsMm3KWVm2kcYcH"
        "m6wzcWbEvAAAABHNzaDo= anna@laptop"
    )
    assert public_key(line).fingerprint.startswith("SHA256:")


def test_a_private_key_is_refused_with_a_word_of_warning(tmp_path: Path) -> None:
    new_key(tmp_path)
    private = (tmp_path / "key-0").read_text()
    for text in (private, "PuTTY-User-Key-File-3: ssh-ed25519\n"):
        with pytest.raises(InvalidNameError, match="must not leave your machine") as caught:
            public_key(text)
        assert private.split("\n")[1] not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "says"), [("-t rsa -b 1024", "1024 bits, and 2048 are the least"), ("-t dsa", "DSA keys are not safe")]
)
def test_a_weak_key_is_refused_with_what_to_do(tmp_path: Path, words: str, says: str) -> None:
    try:
        line = new_key(tmp_path, *words.split())
    except subprocess.CalledProcessError:
        line = "ssh-dss AAAAB3NzaC1kc3MAAACBAP== anna@laptop"
    with pytest.raises(InvalidNameError, match=says):
        public_key(line)


@given(st.text(max_size=400) | st.builds("ssh-ed25519 {}".format, st.text(max_size=80)))
def test_whatever_is_pasted_is_refused_politely(text: str) -> None:
    with pytest.raises(InvalidNameError):
        public_key(text)


@pytest.mark.parametrize("prefix", ['command="rm -rf /" ', "no-pty,", "ssh-ed25519-cert-v01@openssh.com "])
def test_what_is_more_than_a_key_is_not_taken(tmp_path: Path, prefix: str) -> None:
    line = new_key(tmp_path)
    try:
        kept = public_key(prefix + line).line
    except InvalidNameError:
        return
    assert kept == " ".join(line.split()[:2])


def test_a_person_adds_lists_and_removes_keys(house: House, tmp_path: Path) -> None:
    anna, keys = house.person("anna"), house.platform.ssh_keys
    first = keys.add(anna, own_keys(anna), new_key(tmp_path))
    second = keys.add(anna, own_keys(anna), new_key(tmp_path), "Work")
    assert [(key.name, key.may_write) for key in keys.of(own_keys(anna))] == [("Work", True), ("anna@laptop", True)]
    ben = house.person("ben")
    with pytest.raises(NotFoundError):
        keys.remove(ben, own_keys(ben), first.id)
    keys.remove(anna, own_keys(anna), first.id)
    assert [key.id for key in keys.of(own_keys(anna))] == [second.id]
    assert [event.data["fingerprint"] for event in house.events("key.removed")] == [first.fingerprint]


def test_a_key_belongs_to_one_owner(house: House, tmp_path: Path) -> None:
    anna, ben, keys, line = house.person("anna"), house.person("ben"), house.platform.ssh_keys, new_key(tmp_path)
    keys.add(anna, own_keys(anna), line)
    for actor, owner in ((anna, own_keys(anna)), (ben, own_keys(ben)), (ben, deploy_keys(house.project("ben", "x")))):
        with pytest.raises(TakenError):
            keys.add(actor, owner, line.replace("anna@laptop", "another comment"))


def test_a_deploy_key_reads_unless_it_is_to_write_and_is_the_projects_own(house: House, tmp_path: Path) -> None:
    anna, keys = house.person("anna"), house.platform.ssh_keys
    shop, other = house.project("anna", "shop"), house.project("anna", "other")
    reading = keys.add(anna, deploy_keys(shop), new_key(tmp_path))
    writing = keys.add(anna, deploy_keys(shop), new_key(tmp_path), may_write=True)
    assert (reading.may_write, writing.may_write, keys.of(own_keys(anna)), keys.of(deploy_keys(other))) == (
        False,
        True,
        [],
        [],
    )
    for owner in (deploy_keys(other), own_keys(anna)):
        with pytest.raises(NotFoundError):
            keys.remove(anna, owner, reading.id)


def test_keys_take_an_account_and_the_scope_for_it(house: House) -> None:
    with pytest.raises(UnauthenticatedError):
        own_keys(ANONYMOUS)
    with pytest.raises(MissingScopeError):
        own_keys(house.person("anna")._replace(scopes=frozenset({"read:user"})))
