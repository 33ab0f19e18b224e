from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.cli.main import run
from headway.kernel.identity.actors import SYSTEM
from tests.serving import Served, must, working_copy
from tests.serving import git as run_git

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = "hunter2-is-a-value-that-nobody-reads"
SHOP = "/api/v1/projects/anna/shop"


def test_secrets_go_in_and_do_not_come_out_and_variables_do(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        for query in ({}, {"environment": "Production"}):
            assert client.put(f"{SHOP}/secrets/token", params=query, json={"value": VALUE}).json() == {"name": "TOKEN"}
            assert client.put(f"{SHOP}/variables/url", params=query, json={"value": "v"}).json() == {"name": "URL"}
        listed = client.get(f"{SHOP}/secrets", params={"environment": "production"})
        assert VALUE not in listed.text
        (item,) = listed.json()["items"]
        assert (item["name"], item["environment"], item["readable"]) == ("TOKEN", "production", True)
        assert item["changed_by"] == "person:anna"
        (variable,) = client.get(f"{SHOP}/variables").json()["items"]
        assert (variable["name"], variable["value"], variable["environment"]) == ("URL", "v", "")
        assert client.delete(f"{SHOP}/secrets/TOKEN").status_code == 204
        assert client.delete(f"{SHOP}/secrets/TOKEN").status_code == 404
        assert len(client.get(f"{SHOP}/secrets", params={"environment": "production"}).json()["items"]) == 1


def test_what_is_not_acceptable_is_told_without_the_value(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        answers = [
            client.put(f"{SHOP}/secrets/GITHUB_TOKEN", json={"value": VALUE}),
            client.put(f"{SHOP}/secrets/A", json={"value": VALUE + "x" * 50_000}),
            client.put(f"{SHOP}/secrets/A", json={"value": [VALUE]}),
            client.put(f"{SHOP}/secrets/A", json=VALUE),
        ]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert VALUE not in "".join(answer.text for answer in answers)


def test_those_of_the_installation_are_for_its_administrators(served: Served) -> None:
    chief, anna = served.person("chief", admin=True), served.person("anna")
    limited = served.person("limited", admin=True, scopes=("write:project",))
    with served.client(chief) as client:
        assert client.put("/api/v1/installation/secrets/A", json={"value": VALUE}).status_code == 200
        assert client.put("/api/v1/installation/variables/A", json={"value": "v"}).status_code == 200
        assert client.get("/api/v1/installation/secrets").json()["items"][0]["name"] == "A"
    for who, status in ((anna, 403), (limited, 403), (None, 401)):
        with served.client(who) as client:
            for path in ("secrets", "variables"):
                assert client.get(f"/api/v1/installation/{path}").status_code == status
                assert client.put(f"/api/v1/installation/{path}/A", json={"value": "x"}).status_code == status
                assert client.delete(f"/api/v1/installation/{path}/A").status_code == status


def test_a_lost_key_is_said_and_the_rest_goes_on(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        client.put(f"{SHOP}/secrets/A", json={"value": VALUE})
        (served.headway.platform.settings.data / "key").unlink()
        answer = client.put(f"{SHOP}/secrets/B", json={"value": VALUE})
        assert answer.status_code == 503
        assert "headway secrets rotate" in answer.json()["detail"]
        assert client.get(f"{SHOP}/secrets").json()["items"][0]["readable"] is False
        assert client.get("/anna/shop").status_code == 200


def headway(served: Served, *arguments: str) -> int:
    return run([*arguments, "--data", str(served.headway.platform.settings.data)])


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


def test_the_command_sets_lists_rotates_and_deletes(
    served: Served, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    anna = served.person()
    project = served.project(anna)
    typed(f"{VALUE}\n")
    assert headway(served, "secrets", "set", "token", "--project", "anna/shop", "--environment", "production") == 0
    typed("https://example.com")
    assert headway(served, "vars", "set", "URL", "--project", "anna/shop") == 0
    assert headway(served, "secrets", "rotate") == 0
    assert headway(served, "secrets", "list", "--project", "anna/shop", "--environment", "production") == 0
    assert headway(served, "vars", "list", "--project", "anna/shop") == 0
    said = capsys.readouterr().out
    assert "1 secrets are encrypted with the new key" in said
    assert "TOKEN  set" in said
    assert "URL=https://example.com" in said
    assert VALUE not in said
    # The server, which was running all the time, reads it with the new key.
    secrets = served.headway.platform.secrets
    assert secrets.resolve(SYSTEM, project.id, "production")["TOKEN"] == VALUE
    assert headway(served, "secrets", "delete", "TOKEN", "--project", "anna/shop", "--environment", "production") == 0
    assert headway(served, "secrets", "delete", "TOKEN", "--project", "anna/shop") == 1
    assert headway(served, "secrets", "list", "--project", "anna/nothing") == 1
    assert "there is no project" in capsys.readouterr().err


def test_no_log_event_page_or_backup_holds_a_secret(
    served: Served, tmp_path: Path, typed: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(run_git("push", served.address(anna, "anna/shop"), "main", at=source))
    with served.client(anna) as client:
        client.put(f"{SHOP}/secrets/A", json={"value": VALUE})
        client.put(f"{SHOP}/secrets/A", params={"environment": "production"}, json={"value": VALUE})
        paths = ("/", "/anna/shop", "/anna/shop/ledger", "/-/ledger", f"{SHOP}/secrets", "/api/v1/ledger/events")
        pages = [client.get(path).text for path in paths]
    told = json.dumps([event._asdict() for event in served.events()], default=str)
    assert "secret.changed" in told
    backup = tmp_path / "backup"
    assert headway(served, "backup", str(backup)) == 0
    files = [path.read_bytes() for path in backup.rglob("*") if path.is_file()]
    key = (served.headway.platform.settings.data / "key").read_bytes().strip()
    assert VALUE not in "".join([*pages, told, *capfd.readouterr()])
    assert not any(VALUE.encode() in content or key in content for content in files)
    assert not Path(backup / "key").exists()
