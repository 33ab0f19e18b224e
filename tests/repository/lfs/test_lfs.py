from __future__ import annotations

import hashlib
import json
import os
import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.blobs.collecting import Collecting
from headway.kernel.identity.tokens import Wanted
from tests.serving import Person, Served, commit, git, must, serving, wait_until, working_copy

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

LFS = "/anna/shop.git/info/lfs"
# What `git lfs install` would write into the user's settings, which tests do not have.
FILTERS = {
    "GIT_CONFIG_COUNT": "4",
    "GIT_CONFIG_KEY_0": "filter.lfs.clean",
    "GIT_CONFIG_VALUE_0": "git-lfs clean -- %f",
    "GIT_CONFIG_KEY_1": "filter.lfs.smudge",
    "GIT_CONFIG_VALUE_1": "git-lfs smudge -- %f",
    "GIT_CONFIG_KEY_2": "filter.lfs.process",
    "GIT_CONFIG_VALUE_2": "git-lfs filter-process",
    "GIT_CONFIG_KEY_3": "filter.lfs.required",
    "GIT_CONFIG_VALUE_3": "true",
}


def lfs(*arguments: str, at: Path | None = None) -> Any:
    return git(*arguments, at=at, env=FILTERS, timeout=120)


def with_large_file(folder: Path, content: bytes) -> Path:
    source = working_copy(folder)
    must(lfs("lfs", "install", "--local", at=source))
    must(lfs("lfs", "track", "*.bin", at=source))
    (source / "large.bin").write_bytes(content)
    must(lfs("add", "--all", at=source))
    must(lfs("commit", "--quiet", "--message", "Add a large file", at=source))
    return source


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def batch(client: httpx.Client, operation: str, *contents: bytes, lfs_at: str = LFS, **more: Any) -> Any:
    objects = [{"oid": digest(content), "size": len(content)} for content in contents]
    return client.post(
        f"{lfs_at}/objects/batch", json={"operation": operation, "objects": objects, "transfers": ["basic"], **more}
    )


def upload(client: httpx.Client, content: bytes, lfs_at: str = LFS) -> httpx.Response:
    return client.put(f"{lfs_at}/objects/{digest(content)}", content=content)


def test_a_large_file_is_pushed_cloned_and_pulled_by_the_real_client(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    content = os.urandom(1_000_000) * 50
    source = with_large_file(tmp_path / "source", content)
    # To a new address: the large file comes first, and makes the project.
    must(lfs("push", served.address(anna, "anna/shop.git"), "main", at=source))
    must(lfs("clone", "--quiet", served.address(anna, "anna/shop"), str(tmp_path / "clone")))
    assert (tmp_path / "clone" / "large.bin").read_bytes() == content
    changed = os.urandom(100_000)
    (source / "large.bin").write_bytes(changed)
    must(lfs("commit", "--quiet", "--all", "--message", "Change it", at=source))
    must(lfs("push", served.address(anna, "anna/shop"), "main", at=source))
    must(lfs("pull", "--quiet", at=tmp_path / "clone"))
    assert (tmp_path / "clone" / "large.bin").read_bytes() == changed
    pointer = must(git("show", "main:large.bin", at=served.headway.hosting.path(1)))
    assert f"oid sha256:{digest(changed)}" in pointer


def test_the_client_locks_lists_and_unlocks(served: Served, tmp_path: Path) -> None:
    anna, bert = served.person("anna"), served.person("bert")
    served.project(anna)
    give(served, anna, bert, "developer")
    source = with_large_file(tmp_path / "source", b"large")
    must(lfs("remote", "add", "origin", served.address(anna, "anna/shop"), at=source))
    must(lfs("push", "--quiet", "origin", "main", at=source))
    must(lfs("lfs", "lock", "large.bin", at=source))
    assert "large.bin" in must(lfs("lfs", "locks", at=source))
    must(lfs("clone", "--quiet", served.address(bert, "anna/shop"), str(tmp_path / "clone")))
    refused = lfs("lfs", "lock", "large.bin", at=tmp_path / "clone")
    assert refused.code
    assert lfs("lfs", "unlock", "large.bin", at=tmp_path / "clone").code
    assert lfs("lfs", "unlock", "--force", "large.bin", at=tmp_path / "clone").code
    must(lfs("lfs", "unlock", "large.bin", at=source))
    must(lfs("lfs", "lock", "large.bin", at=tmp_path / "clone"))
    (source / "large.bin").write_bytes(b"changed")
    commit(source)
    must(lfs("lfs", "unlock", "--force", "large.bin", at=source))
    changes = [(event.actor, event.data["change"]) for event in served.events(type=CHANGED)]
    assert changes == [
        ("person:anna", "locked"),
        ("person:anna", "unlocked"),
        ("person:bert", "locked"),
        ("person:anna", "unlocked"),
    ]


CHANGED = "dev.cdeventsx.headway-lock.changed"


def give(served: Served, owner: Person, who: Person, role: str) -> None:
    with served.client(owner) as client:
        client.put(f"/api/v1/projects/anna/shop/members/{who.handle}", json={"role": role})


def test_the_batch_says_for_each_object_what_to_do(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    there, missing = b"there", b"missing"
    with served.client(anna) as client:
        assert upload(client, there).status_code == 200
        answer = batch(client, "upload", there, missing)
        assert answer.headers["content-type"] == "application/vnd.git-lfs+json"
        assert answer.json()["transfer"] == "basic"
        has, lacks = answer.json()["objects"]
        assert "actions" not in has
        assert set(lacks["actions"]) == {"upload", "verify"}
        assert lacks["actions"]["upload"]["header"] == {"Authorization": f"Bearer {anna.token}"}
        assert lacks["actions"]["upload"]["href"] == f"{served.url}{LFS}/objects/{digest(missing)}"
        gets, lost = batch(client, "download", there, missing).json()["objects"]
        assert client.get(gets["actions"]["download"]["href"]).content == there
        assert lost["error"]["code"] == 404
        verify = f"{LFS}/objects/{digest(there)}/verify"
        assert client.post(verify, json={"oid": digest(there), "size": 5}).status_code == 200
        assert client.post(verify, json={"oid": digest(there), "size": 6}).status_code == 422
        lost_verify = f"{LFS}/objects/{digest(missing)}/verify"
        assert client.post(lost_verify, json={"oid": digest(missing), "size": 7}).status_code == 404


def test_each_object_that_cannot_be_has_its_own_error(tmp_path: Path, sqlite_template: Path) -> None:
    with serving(tmp_path / "server", sqlite_template, limits={"lfs_bytes": 2000}) as served:
        anna = served.person()
        served.project(anna)
        with served.client(anna) as client:
            assert upload(client, b"there").status_code == 200
            objects = [
                {"oid": digest(b"there"), "size": 6},
                {"oid": "nonsense", "size": 1},
                {"oid": "0" * 64, "size": 2001},
                {"oid": "0" * 64, "size": -1},
                {"oid": "1" * 64, "size": 2000},
            ]
            for operation, last in (("upload", None), ("download", 404)):
                asked = {"operation": operation, "objects": objects}
                answers = client.post(f"{LFS}/objects/batch", json=asked).json()["objects"]
                codes = [each.get("error", {}).get("code") for each in answers]
                assert codes == [422, 422, 413, 422, last]
            assert upload(client, b"x" * 2001).status_code == 413
            chunked = client.put(f"{LFS}/objects/{digest(b'x' * 2001)}", content=iter([b"x" * 2001]))
            assert chunked.status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b'{"operation": "delete", "objects": []}', 422),
        (b'{"operation": "upload", "objects": [{"oid": 1}]}', 422),
        (b'{"operation": "upload", "objects": [], "hash_algo": "sha512"}', 409),
        (b'{"operation": "upload", "objects": []}', 200),
    ],
)
def test_a_batch_that_is_none_is_told_in_words(served: Served, body: bytes, status: int) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        answer = client.post(f"{LFS}/objects/batch", content=body)
    assert answer.status_code == status
    assert status == 200 or answer.json()["message"]


def test_knowing_an_oid_gives_no_access_to_the_file_of_another_project(served: Served) -> None:
    anna, eve = served.person("anna"), served.person("eve")
    served.project(anna)
    served.project(eve, "mine")
    secret = b"a large file that eve has heard of"
    mine = "/eve/mine.git/info/lfs"
    with served.client(anna) as client:
        assert upload(client, secret).status_code == 200
    with served.client(eve) as client:
        (answer,) = batch(client, "download", secret, lfs_at=mine).json()["objects"]
        assert answer["error"]["code"] == 404
        assert client.get(f"{mine}/objects/{digest(secret)}").status_code == 404
        assert client.get(f"{LFS}/objects/{digest(secret)}").status_code == 404
        # She is asked for the content, as if nobody had it, and the digest alone does not do.
        (answer,) = batch(client, "upload", secret, lfs_at=mine).json()["objects"]
        assert "upload" in answer["actions"]
        wrong = client.put(f"{mine}/objects/{digest(secret)}", content=b"something else")
        assert wrong.status_code == 422
        assert "announced" in wrong.json()["message"]
        assert client.get(f"{mine}/objects/{digest(secret)}").status_code == 404
        assert upload(client, secret, mine).status_code == 200
        assert client.get(f"{mine}/objects/{digest(secret)}").content == secret


def test_an_object_stays_while_one_project_has_it(served: Served) -> None:
    anna = served.person()
    shop = served.project(anna)
    served.project(anna, "other")
    platform = served.headway.platform
    with served.client(anna) as client:
        for at in (LFS, "/anna/other.git/info/lfs"):
            assert upload(client, b"shared", at).status_code == 200
        assert client.delete("/api/v1/projects/anna/shop").status_code == 204
        later = platform._replace(clock=lambda: platform.clock() + timedelta(days=20))
        purging = served.headway.repository.administration.__class__(
            later, served.headway.hosting, served.headway.repositories
        )
        assert purging.purge() == 1
        collecting = Collecting(platform.database, platform.blobs, lambda: platform.clock() + timedelta(days=40))
        collecting.delete_unused()
        assert client.get(f"/anna/other.git/info/lfs/objects/{digest(b'shared')}").content == b"shared"
    del shop


def test_a_broken_download_goes_on_where_it_was(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    content = os.urandom(700_000)
    with served.client(anna) as client:
        upload(client, content)
        address = f"{LFS}/objects/{digest(content)}"
        rest = client.get(address, headers={"Range": "bytes=300000-"})
        assert (rest.status_code, rest.content) == (206, content[300_000:])
        assert rest.headers["content-range"] == "bytes 300000-699999/700000"
        assert client.get(address, headers={"Range": "bytes=700000-"}).status_code == 416
        assert client.get(address).headers["content-disposition"] == "attachment"
        head = client.head(address)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, "700000", b"")


def test_an_upload_that_is_broken_off_leaves_nothing(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    content = os.urandom(1_000_000)
    head = (
        f"PUT {LFS}/objects/{digest(content)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
        f"Authorization: Bearer {anna.token}\r\n\r\n"
    )
    incoming = served.headway.platform.blobs.store.incoming
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(head.encode() + content[:600_000])
        wait_until(lambda: any(path.stat().st_size >= 262_144 for path in incoming.glob("*")))
    wait_until(lambda: list(incoming.iterdir()) == [])
    with served.client(anna) as client:
        assert client.get(f"{LFS}/objects/{digest(content)}").status_code == 404
        assert upload(client, content).status_code == 200


def test_roles_count_as_for_code(served: Served) -> None:
    anna = served.person("anna")
    served.project(anna)
    reader, stranger = served.person("reader"), served.person("stranger")
    give(served, anna, reader, "reporter")
    with served.client(anna) as client:
        upload(client, b"large")
    for who, reading, writing in ((reader, 200, 403), (stranger, 404, 404), (None, 401, 401)):
        with served.client(who) as client:
            assert batch(client, "download", b"large").status_code == reading
            assert client.get(f"{LFS}/objects/{digest(b'large')}").status_code == reading
            assert client.get(f"{LFS}/locks").status_code == reading
            assert batch(client, "upload", b"new").status_code == writing
            assert upload(client, b"new").status_code == writing
            assert client.post(f"{LFS}/locks", json={"path": "a"}).status_code == writing
            assert client.post(f"{LFS}/locks/verify", json={}).status_code == writing
            nothing = batch(client, "download", b"large", lfs_at="/anna/nothing.git/info/lfs")
            assert nothing.status_code == (401 if who is None else 404)
    with served.client() as client:
        assert "Basic" in batch(client, "download", b"large").headers["lfs-authenticate"]


def test_a_deploy_token_works_in_its_project_only(served: Served) -> None:
    anna = served.person("anna")
    shop = served.project(anna)
    served.project(anna, "other")
    token = served.headway.platform.tokens.create_deploy(anna.actor, shop, Wanted("ci", ("read:code",))).secret
    with served.client(anna) as client:
        upload(client, b"large")
        upload(client, b"large", "/anna/other.git/info/lfs")
    with served.client(Person("ci", 0, anna.actor, token)) as client:
        assert client.get(f"{LFS}/objects/{digest(b'large')}").content == b"large"
        assert upload(client, b"new").status_code == 403
        assert client.get(f"/anna/other.git/info/lfs/objects/{digest(b'large')}").status_code == 404


def test_locks_are_listed_in_pages_and_told_apart(served: Served) -> None:
    anna, bert = served.person("anna"), served.person("bert")
    served.project(anna)
    give(served, anna, bert, "developer")
    with served.client(anna) as client, served.client(bert) as other:
        for number in range(3):
            assert client.post(f"{LFS}/locks", json={"path": f"{number}.bin"}).status_code == 201
        assert other.post(f"{LFS}/locks", json={"path": "3.bin"}).status_code == 201
        conflict = other.post(f"{LFS}/locks", json={"path": "1.bin"})
        assert (conflict.status_code, conflict.json()["lock"]["owner"]) == (409, {"name": "anna"})
        first = client.get(f"{LFS}/locks", params={"limit": 3}).json()
        rest = client.get(f"{LFS}/locks", params={"cursor": first["next_cursor"]}).json()
        paths = [lock["path"] for lock in [*first["locks"], *rest["locks"]]]
        assert paths == ["0.bin", "1.bin", "2.bin", "3.bin"]
        assert rest["next_cursor"] == ""
        verified = other.post(f"{LFS}/locks/verify", json={}).json()
        assert [len(verified[part]) for part in ("ours", "theirs")] == [1, 3]
        (found,) = client.get(f"{LFS}/locks", params={"path": "2.bin"}).json()["locks"]
        assert client.get(f"{LFS}/locks", params={"id": found["id"]}).json()["locks"] == [found]
        for wrong in ({"cursor": "x"}, {"id": "-1"}, {"id": "9" * 30}):
            assert client.get(f"{LFS}/locks", params=wrong).status_code == 422
        assert client.post(f"{LFS}/locks/999/unlock", json={}).status_code == 404
        assert other.post(f"{LFS}/locks/{found['id']}/unlock", json={}).status_code == 403
        assert other.post(f"{LFS}/locks/{found['id']}/unlock", json={"force": True}).status_code == 403
        assert client.post(f"{LFS}/locks/{found['id']}/unlock", json={}).json()["lock"] == found


def test_a_moved_project_leads_clients_on(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        client.post("/api/v1/projects/anna/shop/move", json={"name": "store"})
        answer = batch(client, "upload", b"x")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/anna/store.git/info/lfs/objects/batch"


def test_a_hundred_megabytes_pass_through_little_memory(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    chunk = os.urandom(262_144)
    hashed = hashlib.sha256()
    for _ in range(400):
        hashed.update(chunk)
    address = f"{LFS}/objects/{hashed.hexdigest()}"
    with served.client(anna) as client:
        client.put(f"{LFS}/objects/{digest(chunk)}", content=chunk)
        before = peak()
        put = client.put(address, content=(chunk for _ in range(400)))
        assert put.status_code == 200
        with client.stream("GET", address) as answer:
            size = sum(len(part) for part in answer.iter_raw())
    assert size == 400 * 262_144
    assert peak() - before < 40 * 1024, f"{(peak() - before) // 1024} MiB"


def peak() -> int:
    with open("/proc/self/status") as status:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
    assert found
    return int(found[1])


def test_what_databases_cannot_hold_is_refused_before_they_see_it(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        for body in (b'{"path": "a\\u0000b"}', b'{"path": "\\ud800"}', b'{"path": ""}', b"{}"):
            assert client.post(f"{LFS}/locks", content=body).status_code == 422, body
        assert client.get(f"{LFS}/locks", params={"path": "\0"}).json()["locks"] == []
        assert client.get(f"{LFS}/objects/%00").status_code == 404


def test_large_files_are_kept_on_s3_as_on_disk(bucket: str, tmp_path: Path, sqlite_template: Path) -> None:
    with serving(tmp_path / "server", sqlite_template, blobs=bucket) as served:
        anna = served.person()
        content = os.urandom(1_000_000) * 12
        source = with_large_file(tmp_path / "source", content)
        must(lfs("push", served.address(anna, "anna/shop.git"), "main", at=source))
        must(lfs("clone", "--quiet", served.address(anna, "anna/shop"), str(tmp_path / "clone")))
        assert (tmp_path / "clone" / "large.bin").read_bytes() == content
        assert list((served.headway.platform.settings.data / "incoming").iterdir()) == []
        assert not (served.headway.platform.settings.data / "blobs").exists()


def test_no_answer_of_a_batch_holds_another_proof_than_the_clients_own(served: Served) -> None:
    anna = served.person()
    served.project(anna, visibility="public")
    with served.client(anna) as client:
        upload(client, b"large")
    with served.client() as client:
        answer = batch(client, "download", b"large").json()
        assert answer["objects"][0]["actions"]["download"]["header"] == {}
        assert client.get(answer["objects"][0]["actions"]["download"]["href"]).content == b"large"
    assert anna.token not in json.dumps(answer)
