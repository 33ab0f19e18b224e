from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.serving import Person, Served, commit, git, must, serving, working_copy

if TYPE_CHECKING:
    from pathlib import Path


def pushes(served: Served) -> list[dict[str, object]]:
    return [dict(event.data) for event in served.events(type="dev.cdeventsx.headway-push.received")]


def test_what_is_pushed_can_be_cloned(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source", commits=3)
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    must(git("clone", "--quiet", served.address(anna, "anna/shop.git"), str(tmp_path / "clone")))
    assert must(git("rev-parse", "HEAD", at=tmp_path / "clone")) == must(git("rev-parse", "HEAD", at=source))


def test_a_push_is_in_the_ledger_with_its_links(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    project = served.project(anna)
    source = working_copy(tmp_path / "source")
    sha = must(git("rev-parse", "HEAD", at=source))
    must(git("push", served.address(anna, "anna/shop"), "main", "HEAD:refs/heads/next", at=source))
    (event,) = served.events(type="dev.cdeventsx.headway-push.received")
    assert event.actor == "person:anna"
    assert event.project == project.ledger_name
    assert event.data["updateCount"] == 2
    created = served.events(type="dev.cdevents.branch.created")
    assert [each.subject for each in created] == ["branch:anna/shop@main", "branch:anna/shop@next"]
    with served.client(anna) as client:
        graph = client.get("/api/v1/ledger/graph", params={"subject": event.subject}).json()
    assert f"commit:anna/shop@{sha}" in graph["subjects"]


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_all_versions_of_the_protocol_work(served: Served, tmp_path: Path, version: str) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source", commits=2)
    speaking = ("-c", f"protocol.version={version}")
    must(git(*speaking, "push", served.address(anna, "anna/shop"), "main", at=source))
    must(git(*speaking, "clone", "--quiet", served.address(anna, "anna/shop"), str(tmp_path / "clone")))
    commit(source)
    must(git(*speaking, "push", served.address(anna, "anna/shop"), "main", at=source))
    must(git(*speaking, "fetch", at=tmp_path / "clone"))
    assert must(git("rev-parse", "origin/main", at=tmp_path / "clone")) == must(git("rev-parse", "HEAD", at=source))


def test_shallow_partial_and_single_branch_clones_work(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source", commits=5)
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    for name, option in (("shallow", "--depth=1"), ("partial", "--filter=blob:none"), ("single", "--single-branch")):
        must(git("clone", "--quiet", option, served.address(anna, "anna/shop"), str(tmp_path / name)))
    assert must(git("rev-list", "--count", "HEAD", at=tmp_path / "shallow")) == "1"
    must(git("fetch", "--quiet", "--deepen=2", at=tmp_path / "shallow"))
    assert must(git("rev-list", "--count", "HEAD", at=tmp_path / "shallow")) == "3"
    missing = must(git("rev-list", "--objects", "--missing=print", "HEAD", at=tmp_path / "partial"))
    assert missing.count("\n?") == 4
    assert must(git("show", "HEAD~3:README.md", at=tmp_path / "partial")).endswith("Revision 1")


def test_deleting_and_forcing_branches_and_pushing_tags_work(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    address = served.address(anna, "anna/shop")
    source = working_copy(tmp_path / "source", commits=2)
    must(git("tag", "--annotate", "v1", "--message", "one", at=source))
    must(git("push", address, "main", "v1", "main:old", at=source))
    must(git("push", address, ":old", "+main~1:main", at=source))
    listed = must(git("ls-remote", address))
    assert "refs/heads/old" not in listed
    assert f"{must(git('rev-parse', 'main~1', at=source))}\trefs/heads/main" in listed
    assert [event.subject for event in served.events(type="dev.cdevents.branch.deleted")] == ["branch:anna/shop@old"]
    assert [each["updateCount"] for each in pushes(served)] == [3, 2]


def test_a_push_with_nothing_new_is_no_event(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    for _ in range(2):
        must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    assert len(pushes(served)) == 1


def test_a_push_to_a_new_address_creates_a_private_project(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/new-thing.git"), "main", at=source))
    with served.client(anna) as client:
        assert client.get("/api/v1/projects/anna/new-thing").json()["visibility"] == "private"


def test_a_push_to_somebody_elses_address_creates_nothing(served: Served, tmp_path: Path) -> None:
    anna, eve = served.person("anna"), served.person("eve")
    source = working_copy(tmp_path / "source")
    done = git("push", served.address(eve, f"{anna.handle}/new-thing"), "main", at=source)
    assert done.code
    assert "not found" in done.said
    with served.client(anna) as client:
        assert client.get("/api/v1/projects/anna/new-thing").status_code == 404


def test_without_a_token_one_is_asked_for_whether_the_project_exists_or_not(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client() as client:
        answers = [
            client.get(f"/anna/{name}/info/refs", params={"service": "git-upload-pack"}) for name in ("shop", "nothing")
        ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert "Basic" in answers[0].headers["www-authenticate"]


def test_a_stranger_learns_nothing_of_a_private_project(served: Served) -> None:
    anna, eve = served.person("anna"), served.person("eve")
    served.project(anna)
    with served.client(eve) as client:
        answers = [
            client.get(f"/anna/{name}/info/refs", params={"service": service})
            for name in ("shop", "nothing")
            for service in ("git-upload-pack", "git-receive-pack")
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_public_project_is_cloned_by_anybody_and_pushed_to_by_nobody(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna, visibility="public")
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    must(git("clone", "--quiet", served.address(None, "anna/shop"), str(tmp_path / "clone")))
    assert git("push", served.address(None, "anna/shop"), "main:x", at=source).code


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [(("read:code",), True, False), (("write:code",), True, True), (("read:user",), False, False)],
)
def test_a_token_is_good_for_its_scopes(
    served: Served, tmp_path: Path, scopes: tuple[str, ...], reads: bool, writes: bool
) -> None:
    anna = served.person(scopes=scopes)
    served.project(anna._replace(actor=anna.actor._replace(scopes=None)))
    source = working_copy(tmp_path / "source")
    assert (git("push", served.address(anna, "anna/shop"), "main", at=source).code == 0) == writes
    assert (git("ls-remote", served.address(anna, "anna/shop")).code == 0) == reads


def test_refs_of_headways_own_are_neither_seen_nor_pushed_to(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    project = served.project(anna)
    source = working_copy(tmp_path / "source")
    address = served.address(anna, "anna/shop")
    must(git("push", address, "main", at=source))
    path = served.headway.hosting.path(project.id)
    must(git("update-ref", "refs/headway/mine", "main", at=path))
    assert "refs/headway" not in must(git("ls-remote", address))
    done = git("push", address, "main:refs/headway/yours", at=source)
    assert done.code


def test_push_options_are_taken(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    odd = "quote ' \" $(touch /tmp/never) `x` \\ end"
    must(git("push", "-o", "ci.skip", "-o", odd, served.address(anna, "anna/shop"), "main", at=source))
    assert len(pushes(served)) == 1


def test_a_pack_that_is_too_large_is_refused_with_the_reason(tmp_path: Path, sqlite_template: Path) -> None:
    with serving(tmp_path / "server", sqlite_template, limits={"push_bytes": 100_000}) as served:
        anna = served.person()
        served.project(anna)
        source = working_copy(tmp_path / "source")
        (source / "large").write_bytes(os.urandom(300_000))
        commit(source)
        done = git("push", served.address(anna, "anna/shop"), "main", at=source)
        assert done.code
        assert "exceeds maximum allowed size" in done.said
        assert pushes(served) == []
        must(git("push", served.address(anna, "anna/shop"), "main~1:refs/heads/main", at=source))


def test_more_refs_than_allowed_are_refused_with_the_reason(tmp_path: Path, sqlite_template: Path) -> None:
    with serving(tmp_path / "server", sqlite_template, limits={"push_refs": 3}) as served:
        anna = served.person()
        served.project(anna)
        source = working_copy(tmp_path / "source")
        branches = [f"HEAD:refs/heads/b{number}" for number in range(4)]
        done = git("push", served.address(anna, "anna/shop"), *branches, at=source)
        assert "may change 3 branches and tags at once; this one has 4" in done.said
        assert pushes(served) == []


def test_a_body_packed_with_gzip_is_unpacked_and_bombs_are_refused(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    with served.client(anna) as client:
        answer = client.post(
            "/anna/shop/git-upload-pack",
            content=gzip.compress(b"0014command=ls-refs\n0000"),
            headers=headers | {"Git-Protocol": "version=2"},
        )
        assert (answer.status_code, answer.content) == (200, b"0000")
        bomb = gzip.compress(b"0" * (70 << 20), 1)
        answer = client.post("/anna/shop/git-upload-pack", content=bomb, headers=headers)
        assert answer.status_code == 413
        answer = client.post("/anna/shop/git-upload-pack", content=b"no gzip", headers=headers)
        assert answer.status_code == 400
        answer = client.post("/anna/shop/git-upload-pack", content=b"x", headers=headers | {"Content-Encoding": "br"})
        assert answer.status_code == 415


def test_a_client_that_goes_away_leaves_no_process_and_no_half_push(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    begun_push(served, anna).close()
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    assert len(pushes(served)) == 1


def test_a_push_does_not_wait_for_slower_ones(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(begun_push(served, anna)) for _ in range(7)]
        must(git("push", served.address(anna, "anna/shop"), "main", at=source))
        for connection in slow:
            connection.settimeout(0.0)
            with pytest.raises(BlockingIOError):
                connection.recv(1)


def begun_push(served: Served, person: Person) -> socket.socket:
    """Return the connection of a push whose client has said a little, and then nothing."""
    connection = socket.create_connection(("127.0.0.1", served.port))
    authorization = base64.b64encode(f"{person.handle}:{person.token}".encode())
    connection.sendall(
        b"POST /anna/shop/git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        b"Authorization: Basic " + authorization + b"\r\n\r\n" + b"00940000"
    )
    time.sleep(0.2)
    return connection


def test_the_dumb_protocol_is_refused_in_words(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        answer = client.get("/anna/shop/info/refs")
    assert answer.status_code == 403
    assert "smart protocol" in answer.text


def test_a_token_that_was_revoked_no_longer_works(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        (token,) = client.get("/api/v1/user/tokens").json()["items"]
        assert client.delete(f"/api/v1/user/tokens/{token['id']}").status_code == 204
    done = git("ls-remote", served.address(anna, "anna/shop"))
    assert done.code
    with served.client(anna) as client:
        answer = client.get("/anna/shop/info/refs", params={"service": "git-upload-pack"})
    assert (answer.status_code, answer.text) == (401, "this token is not known here, or is too old, or was revoked\n")


def test_no_log_page_or_event_holds_a_token(served: Served, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {anna.token}"}) as client:
        pages = [client.get(path).text for path in ("/", "/anna/shop", "/-/ledger", "/api/v1/user/tokens")]
    told = json.dumps([event._asdict() for event in served.events()], default=str)
    assert anna.token not in "".join([*pages, told, *capfd.readouterr()])


def test_deleting_what_is_not_there_is_no_event(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    git("push", served.address(anna, "anna/shop"), ":refs/heads/nothing", at=source)
    assert len(pushes(served)) == 1
    assert served.events(type="dev.cdevents.branch.deleted") == []


def test_a_client_that_only_tries_whether_it_may_push_is_told_at_once(served: Served) -> None:
    owner, stranger = served.person("acme"), served.person("stranger")
    served.project(owner)
    path, flush = "/acme/shop/git-receive-pack", {"Content-Type": "application/x-git-receive-pack-request"}
    with served.client(owner) as client:
        answer = client.post(path, content=b"0000", headers=flush)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-git-receive-pack-result"
    with served.client(stranger) as client:
        assert client.post(path, content=b"0000", headers=flush).content != b""
    with served.client() as client:
        assert client.post(path, content=b"0000", headers=flush).status_code == 401
