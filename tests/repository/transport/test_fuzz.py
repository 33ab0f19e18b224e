"""Git's endpoints, sent what no git would send: nothing is a server error, and the repository stays as it was."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from headway.repository.discovering import known_refs
from headway.repository.transport.pktline import FLUSH, pkt_line
from tests.serving import git as run_git
from tests.serving import must, serving, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.serving import Person, Served

ZEROS, SHA = b"0" * 40, b"a" * 40
FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)

words = st.sampled_from(
    [
        b"want ",
        b"have ",
        b"done\n",
        b"deepen ",
        b"filter ",
        b"shallow ",
        b"command=fetch",
        b"command=ls-refs",
        b"agent=x",
        ZEROS,
        SHA,
        b" ",
        b"\n",
        b"\0",
        b"refs/heads/main",
        b"refs/../../x",
        b"report-status side-band-64k",
    ]
)
lines = st.lists(words | st.binary(max_size=20), max_size=6).map(b"".join).map(pkt_line)
framing = st.sampled_from([FLUSH, b"0001", b"0002", b"0003", b"fff0", b"zzzz", b"00", b"PACK"])
questions = st.lists(lines | framing | st.binary(max_size=12), max_size=12).map(b"".join)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Served, Person]]:
    folder = tmp_path_factory.mktemp("fuzz")
    with serving(folder / "server", sqlite_template) as served:
        anna = served.person()
        served.project(anna)
        source = working_copy(folder / "source", commits=2)
        must(run_git("push", served.address(anna, "anna/shop"), "main", at=source))
        yield served, anna


def post(house: tuple[Served, Person], service: str, body: bytes, **headers: str) -> httpx.Response:
    served, anna = house
    known = {"Content-Type": f"application/x-{service}-request", **headers}
    with served.client(anna) as client:
        return client.post(f"/anna/shop/{service}", content=body, headers=known)


def still_whole(house: tuple[Served, Person]) -> None:
    served, anna = house
    listed = must(run_git("ls-remote", served.address(anna, "anna/shop"), "refs/heads/*"))
    known = served.headway.platform.database.read(lambda connection: known_refs(connection, 1))
    assert {line.split("\t")[1]: line.split("\t")[0] for line in listed.splitlines()} == known


@FEW
@given(body=questions, version=st.sampled_from(["version=0", "version=1", "version=2", "version=9", "x" * 200]))
def test_any_question_of_a_fetch_is_answered(house: tuple[Served, Person], body: bytes, version: str) -> None:
    assert post(house, "git-upload-pack", body, **{"Git-Protocol": version}).status_code < 500


@FEW
@given(body=questions)
def test_any_beginning_of_a_push_is_answered_and_changes_nothing(house: tuple[Served, Person], body: bytes) -> None:
    assert post(house, "git-receive-pack", body).status_code < 500
    still_whole(house)


@FEW
@given(
    ref=st.binary(min_size=1, max_size=60)
    | st.sampled_from(
        [
            b"refs/heads/..",
            b"refs/heads/a\nb",
            b"refs/heads/" + b"x" * 4000,
            b"HEAD",
            b"refs/headway/x",
            b"refs/heads/a.lock",
            b"\xff\xfe",
        ]
    ),
    old=st.sampled_from([ZEROS, SHA, b"short", b"g" * 40]),
    new=st.sampled_from([ZEROS, SHA, b"", b"G" * 40]),
    pack=st.binary(max_size=80),
)
def test_any_update_is_answered_and_changes_nothing(
    house: tuple[Served, Person], ref: bytes, old: bytes, new: bytes, pack: bytes
) -> None:
    command = pkt_line(old + b" " + new + b" " + ref + b"\0 report-status side-band-64k")
    assert post(house, "git-receive-pack", command + FLUSH + pack).status_code < 500
    still_whole(house)


@FEW
@given(count=st.integers(0, 2**32 - 1), kind=st.integers(0, 7), size=st.integers(0, 15), data=st.binary(max_size=200))
def test_any_pack_is_answered_and_changes_nothing(
    house: tuple[Served, Person], count: int, kind: int, size: int, data: bytes
) -> None:
    pack = b"PACK" + (2).to_bytes(4, "big") + count.to_bytes(4, "big") + bytes([kind << 4 | size]) + zlib.compress(data)
    command = pkt_line(ZEROS + b" " + SHA + b" refs/heads/evil\0 report-status")
    assert post(house, "git-receive-pack", command + FLUSH + pack + bytes(20)).status_code < 500
    still_whole(house)


def test_an_object_that_unpacks_to_a_gigabyte_does_not_take_the_server_along(house: tuple[Served, Person]) -> None:
    bomb = zlib.compressobj(9)
    packed = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(256)) + bomb.flush()
    size = 256 << 20
    header = bytes([0xB0 | (size & 15)])
    size >>= 4
    while size:
        header = header[:-1] + bytes([header[-1] | 0x80]) + bytes([size & 0x7F])
        size >>= 7
    pack = b"PACK" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + header + packed
    command = pkt_line(ZEROS + b" " + SHA + b" refs/heads/bomb\0 report-status")
    assert post(house, "git-receive-pack", command + FLUSH + pack + bytes(20)).status_code < 500
    still_whole(house)


@pytest.mark.parametrize("name", ["..", "shop%2f..%2fshop", "shop%00", "%ff", "shop.git.git", "x" * 300])
def test_odd_names_lead_nowhere(house: tuple[Served, Person], name: str) -> None:
    served, anna = house
    with served.client(anna) as client:
        answer = client.get(f"/anna/{name}/info/refs", params={"service": "git-upload-pack"})
    assert answer.status_code in (400, 404, 422)
