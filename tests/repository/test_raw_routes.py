from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from headway.repository.raw_routes import media_type_of
from headway.web.delivering import Window, requested
from tests.serving import Person, Served, commit, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path

LARGE = os.urandom(3_000_000)
PICTURE = b"\x89PNG\r\n\x1a\n" + os.urandom(100)


def pointer(content: bytes) -> bytes:
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n".encode()


FILES = {
    "page.html": b"<script>alert(1)</script>",
    "text.txt": "ä\n".encode(),
    "latin.txt": b"\xe4\n",
    "wide.txt": "ä".encode("utf-16"),
    "picture.png": PICTURE,
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "program.bin": b"\0\1\2",
    "large.bin": LARGE,
    "empty": b"",
    'folder/ünder "quoted".txt': b"x",
    "there.dat": pointer(b"the large file itself"),
    "there.png": pointer(PICTURE),
    "lost.dat": pointer(b"never uploaded"),
}


@pytest.fixture
def anna(served: Served, tmp_path: Path) -> Person:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    for name, content in FILES.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(content)
    (source / "link").symlink_to("text.txt")
    commit(source)
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    with served.client(anna) as client:
        for content in (b"the large file itself", PICTURE):
            oid = hashlib.sha256(content).hexdigest()
            assert client.put(f"/anna/shop.git/info/lfs/objects/{oid}", content=content).status_code == 200
    return anna


def test_files_are_what_was_pushed_and_nothing_that_runs(served: Served, anna: Person) -> None:
    expected = {
        "page.html": ("text/plain; charset=utf-8", "inline"),
        "text.txt": ("text/plain; charset=utf-8", "inline"),
        "latin.txt": ("text/plain; charset=windows-1252", "inline"),
        "wide.txt": ("text/plain; charset=utf-16", "inline"),
        "picture.png": ("image/png", "inline"),
        "drawing.svg": ("image/svg+xml", "inline"),
        "program.bin": ("application/octet-stream", "attachment"),
        "large.bin": ("application/octet-stream", "attachment"),
        "empty": ("text/plain; charset=utf-8", "inline"),
        'folder/ünder "quoted".txt': ("text/plain; charset=utf-8", "inline"),
    }
    with served.client(anna) as client:
        for name, (media_type, shown) in expected.items():
            page = client.get(f"/anna/shop/raw/main/{name}")
            answer = client.get("/api/v1/projects/anna/shop/raw", params={"path": name})
            assert page.content == answer.content == FILES[name], name
            assert page.headers["content-type"] == answer.headers["content-type"] == media_type
            assert page.headers["content-disposition"].startswith(f"{shown}; filename*=UTF-8''")
            assert page.headers["content-security-policy"] == ("default-src 'none'; style-src 'unsafe-inline'; sandbox")
            assert page.headers["x-content-type-options"] == "nosniff"
        named = client.get('/anna/shop/raw/main/folder/ünder "quoted".txt').headers["content-disposition"]
        assert named == "inline; filename*=UTF-8''%C3%BCnder%20%22quoted%22.txt"


def test_a_pointer_leads_to_the_large_file_that_the_project_has(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        assert client.get("/anna/shop/raw/main/there.dat").content == b"the large file itself"
        picture = client.get("/anna/shop/raw/main/there.png")
        assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/png")
        lost = client.get("/anna/shop/raw/main/lost.dat")
        assert (lost.status_code, "has not been uploaded" in lost.text) == (404, True)


def test_a_pointer_to_another_projects_file_leads_nowhere(served: Served, anna: Person, tmp_path: Path) -> None:
    eve = served.person("eve")
    served.project(eve, "mine")
    source = working_copy(tmp_path / "eves")
    (source / "there.dat").write_bytes(FILES["there.dat"])
    commit(source)
    must(git("push", served.address(eve, "eve/mine"), "main", at=source))
    with served.client(eve) as client:
        assert client.get("/eve/mine/raw/main/there.dat").status_code == 404


@pytest.mark.parametrize("name", ["large.bin", "picture.png", "there.dat"])
def test_parts_are_sent_and_what_the_browser_has_is_not(served: Served, anna: Person, name: str) -> None:
    with served.client(anna) as client:
        address = f"/anna/shop/raw/main/{name}"
        whole = client.get(address)
        part = client.get(address, headers={"Range": "bytes=5-14"})
        assert (part.status_code, part.content) == (206, whole.content[5:15])
        assert part.headers["content-range"] == f"bytes 5-14/{len(whole.content)}"
        assert client.get(address, headers={"Range": "bytes=-7"}).content == whole.content[-7:]
        assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
        tag = whole.headers["etag"]
        assert client.get(address, headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304
        resumed = {"Range": "bytes=5-", "If-Range": tag}
        assert client.get(address, headers=resumed).status_code == 206
        assert client.get(address, headers=resumed | {"If-Range": '"other"'}).content == whole.content
        head = client.head(address)
        assert (head.headers["content-length"], head.content) == (str(len(whole.content)), b"")


def test_what_is_no_file_is_told_in_words(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        for rest in ("main/folder", "main/nothing", "nothing/text.txt", "main/../text.txt", "main"):
            assert client.get(f"/anna/shop/raw/{rest}").status_code == 404, rest
        assert client.get("/anna/shop/raw/main/link").text == "text.txt"


def test_the_page_of_a_file_shows_pictures_and_leads_to_large_files(served: Served, anna: Person) -> None:
    with served.client(anna, follow_redirects=True) as client:
        page = client.get("/anna/shop/blob/main/there.png").text
        assert '<img src="/anna/shop/raw/main/there.png"' in page
        large = client.get("/anna/shop/blob/main/there.dat").text
        assert "stored with Git LFS" in large
        assert "21 B" in large
        assert "oid sha256" not in large
        assert 'href="/anna/shop/raw/main/text.txt"' in client.get("/anna/shop/blob/main/text.txt").text


@pytest.mark.parametrize(
    ("text", "size", "window"),
    [
        ("", 10, False),
        ("bytes=0-", 10, Window(0, 10)),
        ("bytes=2-4", 10, Window(2, 5)),
        ("bytes=2-400", 10, Window(2, 10)),
        ("bytes=-3", 10, Window(7, 10)),
        ("bytes=-30", 10, Window(0, 10)),
        ("bytes=-0", 10, None),
        ("bytes=10-", 10, None),
        ("bytes=0-", 0, None),
        ("bytes=4-2", 10, False),
        ("bytes=-", 10, False),
        ("bytes=0-1,3-4", 10, False),
        ("items=0-1", 10, False),
        ("bytes=٣-", 10, False),
    ],
)
def test_ranges_are_read_as_the_standard_has_them(text: str, size: int, window: object) -> None:
    assert requested(text, size) == window


def test_a_name_alone_makes_no_picture() -> None:
    assert media_type_of("x.html", b"<html>", image=False) == ("text/plain; charset=utf-8", True)
    assert media_type_of("x.pdf", b"%PDF\0", image=False) == ("application/octet-stream", False)
