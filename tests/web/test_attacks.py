"""Attacks on all routes at once: other sites, guesses at what is hidden, and names that would like to be markup."""

from __future__ import annotations

import shutil
import threading
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import event
from sqlalchemy.engine import Engine

from headway.web.security import CONTENT_SECURITY_POLICY
from tests.serving import Person, Served, git, must, serving
from tests.web.browsing import visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Dialog

ROUTES = [
    (method, path, each)
    for each in tomllib.loads((Path(__file__).parents[1] / "authorisation.toml").read_text())["routes"]
    for method, path in [each["route"].split(" ")]
]
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
HOSTILE = f"\"><svg onload=alert(3)>{EVIL}'{{{{7*7}}}}"
PLACES = {
    "owner": "acme",
    "name": "shop",
    "sha": "0" * 40,
    "rest": "main",
    "ref": "main",
    "branch": "main",
    "path": "README.md",
    "handle": "nobody",
    "key": "SOME_NAME",
    "team": "no-team",
}


def address(path: str, **places: str) -> str:
    known = {**PLACES, **places}
    parts = path.replace(":path}", "}").replace("{", "\0{").split("\0")
    return "".join(
        part.replace(part[: part.find("}") + 1], known.get(part[1 : part.find("}")], "999999"))
        if part.startswith("{")
        else part
        for part in parts
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[dict[str, Any]]:
    """Return a server with a private project that is not empty, its owner, and somebody who may not know of it."""
    folder = tmp_path_factory.mktemp("attacks")
    with serving(folder / "server", sqlite_template) as served:
        owner = served.person("acme")
        served.project(owner)
        source = folder / "source"
        hostile_repository(source)
        refs = ("main", "main:refs/heads/<b>x</b>", "main:refs/tags/<i>v1</i>")
        must(git("push", served.address(owner, "acme/shop"), *refs, at=source))
        with served.client(owner) as client:
            client.patch("/api/v1/projects/acme/shop", json={"description": HOSTILE}).raise_for_status()
            client.patch("/api/v1/user", json={"name": HOSTILE[:100]}).raise_for_status()
        yield {"served": served, "owner": owner, "stranger": served.person("stranger"), "source": source}


def hostile_repository(folder: Path) -> None:
    """Make a repository in which whatever people can write is markup."""
    folder.mkdir()
    who = {"GIT_AUTHOR_NAME": EVIL, "GIT_COMMITTER_NAME": EVIL, "GIT_AUTHOR_EMAIL": '"><script>alert(4)</script>@x'}
    must(git("init", "--quiet", "--initial-branch=main", at=folder))
    (folder / "README.md").write_text(f'# {EVIL}\n\n{HOSTILE}\n\n[x](javascript:alert(5)) ![x](x" onerror=alert(6))\n')
    (folder / "<img src=x onerror=alert(7)>.md").write_text(EVIL)
    (folder / "code.py").write_text(f"x = '''{HOSTILE}'''\n")
    (folder / "page.html").write_text(f"<script>alert(8)</script>{EVIL}")
    (folder / "picture.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(9)'/>")
    (folder / "<script>alert(10)<").mkdir()
    (folder / "<script>alert(10)<" / "script>").write_text("x")
    must(git("add", "--all", at=folder))
    must(git("commit", "--quiet", "--message", f"{HOSTILE}\n\nCloses #1 {EVIL}", at=folder, env=who))


@pytest.mark.parametrize(
    ("method", "path", "each"),
    [route for route in ROUTES if route[0] != "GET"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_site_changes_nothing_with_a_browsers_session(
    house: dict[str, Any], method: str, path: str, each: dict[str, Any]
) -> None:
    if "signed_in" not in house:
        house["signed_in"] = visitor(house["served"], "visitor", admin=True)
    client = house["signed_in"].client
    before = len(house["served"].events())
    for origin in ({"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}):
        answer = client.request(
            method,
            address(path),
            json=each.get("body"),
            data=each.get("form"),
            headers=origin,
            params=each.get("query"),
        )
        assert answer.status_code == 403, (origin, answer.text[:200])
        assert "another site" in answer.text.lower()
    assert len(house["served"].events()) == before


PROJECT_ROUTES = [route for route in ROUTES if "{owner}/{name}" in route[1]]


@pytest.mark.parametrize(
    ("method", "path", "each"), PROJECT_ROUTES, ids=lambda value: value if isinstance(value, str) else ""
)
@pytest.mark.parametrize("who", ["stranger", None])
def test_a_hidden_project_and_one_that_is_not_there_are_told_alike(
    house: dict[str, Any], who: str | None, method: str, path: str, each: dict[str, Any]
) -> None:
    """Alike in what is said, and in how often the database is asked: the time that it takes says nothing either."""
    served: Served = house["served"]
    person: Person | None = house[who] if who else None
    told = []
    with served.client(person) as client:
        for name in ("shop", "nope"):
            asked: list[str] = []

            def note(
                connection: Any, _cursor: object, statement: str, *_more: object, asked: list[str] = asked
            ) -> None:
                if threading.current_thread().name.startswith("AnyIO worker"):
                    asked.append(statement)

            event.listen(Engine, "before_cursor_execute", note)
            answer = client.request(
                method, address(path, name=name), json=each.get("body"), data=each.get("form"), params=each.get("query")
            )
            event.remove(Engine, "before_cursor_execute", note)
            headers = {key: value for key, value in answer.headers.items() if key not in ("date", "content-length")}
            told.append((answer.status_code, answer.text.replace(f"/{name}", "/"), headers, asked))
    assert told[0][:3] == told[1][:3]
    assert told[0][0] in (401, 404)
    assert told[0][3] == told[1][3]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is not installed"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield started
        started.close()


def test_whatever_people_write_is_text_on_every_page(house: dict[str, Any], browser: Browser) -> None:
    """A real browser opens each page: no dialog, no script of theirs, and nothing that the policy had to stop."""
    served, owner = house["served"], house["owner"]
    link = f"/-/sign-in/{served.headway.platform.identity.link(owner.account_id, 'sign-in')}"
    sha = must(git("rev-parse", "HEAD", at=house["source"]))
    context = browser.new_context()
    page = context.new_page()
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A picture that is not there is the page's author's; what the policy stops would be ours.
        if message.type == "error" and "404" not in message.text:
            found.append(f"{page.url}: {message.text}")

    def opened(dialog: Dialog) -> None:
        found.append(f"{page.url}: alert {dialog.message}")
        dialog.dismiss()

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    page.on("dialog", opened)
    page.goto(f"{served.url}{link}")
    page.click("main button")
    paths = ["/", "/acme/shop", "/acme/shop/branches", f"/acme/shop/commit/{sha}", "/acme/shop/commits/main"]
    paths += [
        "/-/ledger",
        "/acme/shop/ledger",
        "/-/inbox",
        "/-/account",
        "/-/teams",
        f"/-/ledger/subjects/commit:acme/shop@{sha}",
    ]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        answer = page.goto(f"{served.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY, path
        assert page.locator("[onerror], [onload], svg[onload], main script, img[src=x]").count() == 0, path
        assert page.locator("script:not([src])").count() == 0, path
        for target in page.eval_on_selector_all("main a[href]", "links => links.map(a => a.getAttribute('href'))"):
            assert not target.lower().startswith(("javascript:", "data:")), path
            local = target.split("#")[0]
            if local.startswith("/acme/shop/") and "/raw/" not in local and local not in seen and len(seen) < 60:
                seen.add(local)
                paths.append(local)
    assert found == []
    assert len(seen) > 10
    context.close()
