from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.cli.main import run
from headway.repository.fetching import default_branch
from tests.serving import Served, commit, git, must, serving, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def other(tmp_path: Path, sqlite_template: Path) -> Iterator[Served]:
    """Return a second Headway, to import from."""
    with serving(tmp_path / "other", sqlite_template) as elsewhere:
        yield elsewhere


def test_a_repository_is_imported_from_another_server_with_all_its_history(
    served: Served, other: Served, tmp_path: Path
) -> None:
    ben = other.person("ben")
    other.project(ben, "shop", default_branch="trunk")
    source = working_copy(tmp_path / "source", commits=3, branch="trunk")
    must(git("tag", "--annotate", "v1", "--message", "one", at=source))
    must(git("push", other.address(ben, "ben/shop"), "trunk", "trunk~1:refs/heads/old", "v1", at=source))
    anna = served.person()
    with served.client(anna) as client:
        body = {"name": "shop", "url": f"{other.url}/ben/shop", "username": "ben", "password": ben.token}
        answer = client.post("/api/v1/imports", json=body)
        assert (answer.status_code, answer.json()["full_name"]) == (201, "anna/shop")
        branches = client.get("/api/v1/projects/anna/shop/branches").json()["items"]
        tags = client.get("/api/v1/projects/anna/shop/tags").json()["items"]
    assert [(each["name"], each["default"]) for each in branches] == [("old", False), ("trunk", True)]
    assert [each["name"] for each in tags] == ["v1"]
    (event,) = served.events(type="dev.cdeventsx.headway-push.received")
    assert (event.actor, event.data["transport"], event.data["updateCount"]) == ("person:anna", "import", 3)
    told = "".join(str(each) for each in served.events())
    assert ben.token not in told


def test_an_import_that_fails_says_why_and_leaves_no_project(served: Served, other: Served) -> None:
    anna = served.person()
    with served.client(anna) as client:
        body = {"name": "shop", "url": f"{other.url}/ben/nothing", "password": "hwp_secretsecretsecret"}
        answer = client.post("/api/v1/imports", json=body)
        assert (answer.status_code, "fetching failed" in answer.json()["detail"]) == (400, True)
        assert "secretsecret" not in answer.text
        assert client.get("/api/v1/projects/anna/shop").status_code == 404
        again = client.post("/api/v1/projects", json={"name": "shop"})
        assert again.status_code == 201


@pytest.mark.parametrize(
    "url", ["file:///etc", "/etc", "ssh://x/y", "ext::sh -c id", "--upload-pack=touch /tmp/x", "http://127.0.0.1:1/x"]
)
def test_nothing_but_public_http_addresses_is_imported(tmp_path: Path, sqlite_template: Path, url: str) -> None:
    with serving(tmp_path / "server", sqlite_template, outbound_private=False) as served:
        anna = served.person()
        with served.client(anna) as client:
            answer = client.post("/api/v1/imports", json={"name": "shop", "url": url})
            assert answer.status_code == 422, answer.text
            assert client.get("/api/v1/projects/anna/shop").status_code == 404


def test_redirects_are_not_followed_to_somewhere_else(served: Served, other: Served, tmp_path: Path) -> None:
    # A server that sends whoever comes to another address; what is there must not be imported by a way around.
    program = (
        "import http.server,sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        f"        self.send_response(302); self.send_header('Location', '{other.url}' + self.path); self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "s = http.server.HTTPServer(('127.0.0.1', 0), H); print(s.server_port, flush=True); s.serve_forever()\n"
    )
    ben = other.person("ben")
    other.project(ben, "shop", visibility="public")
    source = working_copy(tmp_path / "source")
    must(git("push", other.address(ben, "ben/shop"), "main", at=source))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with served.client(served.person()) as client:
            url = f"http://127.0.0.1:{port}/ben/shop"
            assert client.post("/api/v1/imports", json={"name": "shop", "url": url}).status_code == 400
    finally:
        process.kill()
        process.communicate()


def test_a_folder_of_this_machine_is_imported_by_the_command(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = served.person()
    source = working_copy(tmp_path / "source", commits=2)
    sha = commit(source, "Last")
    data = ["--data", str(served.headway.platform.settings.data)]
    assert run(["import", str(source), "anna/shop", "--visibility", "internal", *data]) == 0
    assert capsys.readouterr().out.strip().endswith("/anna/shop")
    with served.client(anna) as client:
        assert client.get("/api/v1/projects/anna/shop/commits").json()["items"][0]["sha"] == sha
    must(git("clone", "--quiet", served.address(anna, "anna/shop"), str(tmp_path / "clone")))
    assert run(["import", str(source), "anna/shop", *data]) == 1
    assert "choose another name" in capsys.readouterr().err
    assert run(["import", str(tmp_path / "nothing"), "anna/other", *data]) == 1
    assert "fetching failed" in capsys.readouterr().err
    assert run(["import", str(source), "shop", *data]) == 2


def test_the_default_branch_is_what_head_leads_to() -> None:
    assert default_branch("ref: refs/heads/trunk\tHEAD\n0123\tHEAD\n") == "trunk"
    assert default_branch("0123\tHEAD\n") is None
    assert default_branch("") is None
