"""What the API and the pages say of signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from headway.kernel.identity.ssh_keys import own_keys
from tests.repository.test_signed_pushes import EMAIL, empty, push, registered, signed, with_email
from tests.serving import Person, Served, commit, git, must
from tests.signing import SshSigner, gpg_home, gpg_signer, ssh_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

API, GITHUB = "/api/v1/projects/anna/shop", "/api/v3/repos/anna/shop"


@pytest.fixture
def anna(served: Served) -> Person:
    anna = with_email(served, served.person("anna"), EMAIL)
    served.project(anna)
    return anna


@pytest.fixture
def signer(tmp_path: Path) -> SshSigner:
    return ssh_signer(tmp_path)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Return a list of the queries for keys, which grows."""
    found: list[str] = []

    def note(*words: object) -> None:
        if "email_verified" in str(words[2]) and "public_key" in str(words[2]):
            found.append(str(words[2]))

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def verification(served: Served, person: Person, sha: str) -> dict[str, Any]:
    with served.client(person) as client:
        found: dict[str, Any] = client.get(f"{API}/commits/{sha}").json()["verification"]
        return found


def test_the_api_says_whose_a_signature_is(served: Served, anna: Person, signer: SshSigner, tmp_path: Path) -> None:
    source = empty(tmp_path / "source")
    plain, good = commit(source), signed(source, signer)
    with gpg_home() as home:
        strange = gpg_signer(home)
        unknown = signed(source, strange)
        odd = signed(source, signer, "ben@example.com")
    key = registered(served, anna, signer)
    assert push(served, anna, source) == ""
    fingerprint = served.headway.platform.ssh_keys.of(own_keys(anna.actor))[0].fingerprint
    by_anna = {"signer": "anna", "key_fingerprint": fingerprint}
    expected = {
        odd: {"verified": False, "reason": "bad_email", **by_anna},
        unknown: {
            "verified": False,
            "reason": "unknown_key",
            "signer": None,
            "key_fingerprint": strange.fingerprint[-16:],
        },
        good: {"verified": True, "reason": "valid", **by_anna},
        plain: {"verified": False, "reason": "unsigned", "signer": None, "key_fingerprint": None},
    }
    assert {sha: verification(served, anna, sha) for sha in expected} == expected
    with served.client(anna) as client:
        listed = client.get(f"{API}/commits").json()["items"]
        assert {each["sha"]: each["verification"] for each in listed} == expected
        compared = client.get(f"{API}/compare", params={"base": plain, "head": "main"}).json()["commits"]
        assert [each["verification"]["reason"] for each in compared] == ["bad_email", "unknown_key", "valid"]
        last = client.get(f"{API}/tree", params={"last_commits": True}).json()["items"]
        assert all(each["last_commit"]["verification"] is None for each in last)
    served.headway.platform.ssh_keys.remove(anna.actor, own_keys(anna.actor), key)
    assert verification(served, anna, good)["reason"] == "unknown_key"
    registered(served, served.person("ben"), signer)
    assert verification(served, anna, good)["reason"] == "bad_email"


def test_githubs_tools_are_told_in_githubs_words(
    served: Served, anna: Person, signer: SshSigner, tmp_path: Path
) -> None:
    source = empty(tmp_path / "source")
    commit(source)
    registered(served, anna, signer)
    sha = signed(source, signer)
    assert push(served, anna, source) == ""
    with served.client(anna) as client:
        found = client.get(f"{GITHUB}/commits/{sha}").json()["commit"]["verification"]
        listed = [each["commit"]["verification"] for each in client.get(f"{GITHUB}/commits").json()]
        branch = client.get(f"{GITHUB}/branches/main").json()["commit"]["commit"]["verification"]
    assert (found["verified"], found["reason"], branch["reason"]) == (True, "valid", "valid")
    raw = must(git("cat-file", "commit", sha, at=source))
    assert found["signature"].startswith("-----BEGIN SSH SIGNATURE-----\n")
    assert found["payload"].splitlines()[0] == raw.splitlines()[0]
    assert "gpgsig" not in found["payload"]
    assert found["verified_at"].endswith("Z")
    assert listed[1] == {
        "verified": False,
        "reason": "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": None,
    }


def test_pages_mark_what_is_signed_in_words_and_leave_the_rest_alone(
    served: Served, anna: Person, signer: SshSigner, tmp_path: Path
) -> None:
    source = empty(tmp_path / "source")
    plain, sha = commit(source), signed(source, signer)
    assert push(served, anna, source) == ""
    with served.client(anna) as client:
        pages = [f"/anna/shop/commit/{sha}", "/anna/shop/commits/main"]
        for word in (">Unverified</span>", "he key that signed it is nobody&#39;s here"):
            assert all(word in client.get(page).text for page in pages)
        registered(served, anna, signer)
        for word in ('class="tag verified"', ">Verified</span>", "Key of anna."):
            assert all(word in client.get(page).text for page in pages)
        assert "erified</span>" not in client.get(f"/anna/shop/commit/{plain}").text
        assert client.get("/anna/shop/commits/main").text.count("erified</span>") == 1


def test_histories_take_one_query_for_keys_and_none_without_signatures(
    served: Served, anna: Person, signer: SshSigner, tmp_path: Path, asked: list[str]
) -> None:
    source = empty(tmp_path / "source")
    commit(source)
    assert push(served, anna, source, "main:plain") == ""
    registered(served, anna, signer)
    for _ in range(10):
        signed(source, signer)
    assert push(served, anna, source) == ""
    with served.client(anna) as client:
        client.get(f"{API}/commits", params={"ref": "plain"})
        assert asked == []
        for _ in range(2):
            client.get(f"{API}/commits")
    assert len(asked) == 2
