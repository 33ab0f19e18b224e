"""The API of contents, asked by attackers and of strange repositories: never a failure, and words that say what to do."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from headway.repository.reading import open_repository
from headway.repository.reading.index.building import update
from tests.repository.reading.building import Bare, Put
from tests.serving import git, must, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.serving import Person, Served

CASES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "contents_attacks.toml").read_text())
COMMITS = 600
"""So many that two begin with the same four digits, which are always the same ones."""


class House(NamedTuple):
    """A server with projects; ``values`` are what the cases have in braces."""

    served: Served
    owner: Person
    values: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("contents")
    strange, unborn = Bare(folder, "strange.git"), Bare(folder, "unborn.git")
    values = filled(strange)
    unborn.commit({"a.txt": "anything\n"}, branch="side")
    unborn.build()
    with serving(folder / "server", sqlite_template) as served:
        owner = served.person()
        for name, source in {"plain": strange, "indexed": strange, "unborn": unborn, "empty": None}.items():
            path = served.headway.hosting.path(served.project(owner, name).id)
            if source:
                must(git("fetch", "--quiet", str(source.path), "+refs/*:refs/*", at=Path(path)))
        list(update(open_repository(served.headway.hosting.path(project(served, owner, "indexed")))))
        yield House(served, owner, values)


def project(served: Served, owner: Person, name: str) -> int:
    return served.headway.platform.projects.open(owner.actor, owner.handle, name, "code.read").project.id


def filled(bare: Bare) -> dict[str, str]:
    """Make a repository of all that is strange, and return what it is called."""
    first = bare.commit({"d/x.txt": "content\n", "sub": Put(b"1" * 40, "160000")}, "First")
    tip = bare.commit(
        {
            "d/x.txt": "more content\n",
            "sub": Put(b"2" * 40, "160000"),
            "to-d": Put(b"d", "120000"),
            "to-passwd": Put(b"../../../../etc/passwd", "120000"),
            "new\nline": "line\n",
            "ab": "close to a name\n",
            b"caf\xe9": "bytes",
            "empty": "",
            "binary": bytes(range(256)),
            "crlf": "one\r\ntwo\r\n",
            "one-line": b"x" * 20_000_000,
            "large": (b"needle" * 1000 + b"\n") * 4000 + b"x" * 5_996_000,
        },
        "Second",
    )
    bare.commit({"z": "1"}, branch="apart", parents=())
    many = [bare.commit({}, f"Number {number}", branch="many") for number in range(COMMITS)]
    ids = bare.build(packed=True).ids
    blob = bare.git("rev-parse", "main:d/x.txt")
    refs = {
        "heads/first": ids[first],
        "heads/main-1": ids[first],
        "heads/topic/long": ids[first],
        "heads/both": ids[tip],
        "tags/both": ids[first],
        f"heads/{ids[first]}": ids[tip],
        "tags/of-a-blob": blob,
    }
    for name, oid in refs.items():
        bare.git("update-ref", f"refs/{name}", oid)
    seen: set[str] = set()
    digits = (ids[mark][:4] for mark in many)
    ambiguous = next(four for four in digits if four in seen or seen.add(four))  # type: ignore[func-returns-value]
    return {"tip": ids[tip], "first": ids[first], "blob": blob, "ambiguous": ambiguous}


def filled_in(text: str, values: dict[str, str]) -> str:
    lengths = {str(length): "x" * length for length in (501, 1024, 1025, 4096, 4097)}
    for name, value in {**values, **lengths, "deep": "[" * 1500}.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def asked(client: httpx.Client, name: str, ask: str) -> httpx.Response:
    return client.get(f"/api/v1/projects/anna/{name}/{ask}")


@pytest.mark.parametrize(
    ("section", "name"),
    [(section, name) for section in ("paths", "files", "refs", "limits") for name in ("plain", "indexed")]
    + [("empty", "empty"), ("unborn", "unborn")],
)
def test_what_is_asked_is_answered_in_words(house: House, section: str, name: str) -> None:
    wrong: list[str] = []
    with house.served.client(house.owner) as client:
        for case in CASES[section]["cases"]:
            answer = asked(client, name, filled_in(case["ask"], house.values))
            text = answer.text if answer.status_code == 200 else json.dumps(answer.json(), ensure_ascii=False)
            if answer.status_code != case["status"] or filled_in(case["says"], house.values) not in text:
                wrong.append(f"{case['ask']}: {answer.status_code}, not {case['status']} {case['says']}: {text[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["plain", "indexed"])
def test_a_cursor_that_is_none_is_refused_and_one_of_another_list_does_no_harm(house: House, name: str) -> None:
    wrong: list[str] = []
    with house.served.client(house.owner) as client:
        for listed in CASES["cursors"]["lists"]:
            for kind, expected in (("none", {422}), ("strange", {200, 422})):
                for held in CASES["cursors"][kind]:
                    answer = asked(client, name, f"{listed}{'&' if '?' in listed else '?'}after={encoded(held, house)}")
                    said = answer.json()
                    told = answer.status_code == 200 or "Take it from 'following'" in said["detail"]
                    if answer.status_code not in expected or not told:
                        wrong.append(f"{listed} after {held[:60]}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def encoded(held: str, house: House) -> str:
    return base64.urlsafe_b64encode(filled_in(held, house.values).encode()).decode().rstrip("=") or "%3F"


def test_a_cursor_longer_than_any_is_refused(house: House) -> None:
    with house.served.client(house.owner) as client:
        assert asked(client, "plain", f"tree?after={'A' * 2049}").status_code == 422
        assert asked(client, "plain", "tree?after=%C3%A4").status_code == 422


def test_files_of_any_size_come_as_they_are(house: House) -> None:
    with house.served.client(house.owner) as client:
        for path, size in {"empty": 0, "one-line": 20_000_000, "large": 30_000_000}.items():
            raw = asked(client, "plain", f"raw?path={path}")
            assert (raw.status_code, len(raw.content)) == (200, size)
            shown = asked(client, "plain", f"file?path={path}").json()
            limit = house.served.headway.platform.settings.limits.file_bytes
            assert shown["size"] == size
            assert len(shown["content"]) == min(size, limit)
            assert shown["complete"] == (size <= limit)


def test_a_page_of_any_strange_file_is_shown(house: House) -> None:
    with house.served.client(house.owner, follow_redirects=True) as client:
        for path in ("empty", "binary", "crlf", "one-line", "large", "to-passwd", "caf%EF%9F%A9"):
            page = client.get(f"/anna/plain/blob/main/{path}")
            assert page.status_code == 200, path
            assert len(page.content) < 6_000_000
            assert "root:" not in page.text
            assert ("shown in part" in page.text) == (path in ("one-line", "large")), path
        for rest in ("tree/main/..%2F..", "blob/main/to-d/x.txt", "blob/main/sub", "commits/main%00", "commit/%00"):
            page = client.get(f"/anna/plain/{rest}", headers={"Accept": "text/html"})
            assert page.status_code == 404, rest
