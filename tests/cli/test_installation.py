"""The commands that work on an installation, as somebody at the machine would use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from headway.cli.main import run
from headway.kernel.ledger.sealing import seal_all
from tests.serving import Served, must, working_copy
from tests.serving import git as run_git

if TYPE_CHECKING:
    from pathlib import Path


def headway(served: Served, *arguments: str) -> int:
    return run([*arguments, "--data", str(served.headway.platform.settings.data)])


def test_the_ledger_is_verified_shown_and_exported(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(run_git("push", served.address(anna, "anna/shop"), "main", at=source))
    seal_all(served.headway.platform.database)
    assert headway(served, "ledger", "verify") == 0
    assert "the ledger is intact" in capsys.readouterr().out
    assert headway(served, "ledger", "show", "--project", "anna/shop", "--type", "dev.cdevents.branch.created") == 0
    assert "branch.created" in capsys.readouterr().out
    assert headway(served, "ledger", "show", "--json", "--subject", "project:anna/shop") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["type"] == "dev.cdevents.repository.created"
    assert headway(served, "ledger", "show", "--project", "anna/nothing") == 0
    assert capsys.readouterr() == ("", "no event fits\n")
    assert headway(served, "ledger", "show", "--subject", "nothing") == 1
    assert "'nothing' is not a subject; one is written kind:id, e.g. run:42" in capsys.readouterr().err
    assert headway(served, "ledger", "export") == 0
    exported = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["data"]["customData"]["headway"]["position"] for event in exported] == list(
        range(1, len(exported) + 1)
    )
    assert headway(served, "ledger", "export", "--after", str(len(exported) - 1)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_ledger_that_was_tampered_with_is_told_by_the_exit_code(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.person()
    database = served.headway.platform.database
    seal_all(database)
    database.write(lambda connection: connection.execute(text("DROP TRIGGER event_no_update")))
    database.write(lambda connection: connection.execute(text("UPDATE event SET actor = 'person:eve'")))
    assert headway(served, "ledger", "verify", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["intact"], found["flaws"][0]["position"]) == (False, 1)


def test_people_links_and_tokens_are_made_on_the_machine(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert headway(served, "admin", "create-person", "ben", "--email", "ben@example.com", "--administrator") == 0
    link = "/-/" + capsys.readouterr().out.strip().split("/-/")[1]
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}, follow_redirects=True) as client:
        assert "Sign in by link" in client.get(link).text
        assert client.post(link).status_code == 200
        assert client.get("/api/v1/user").json()["is_administrator"] is True
        assert "used before" in client.post(link, headers={"Accept": "text/html"}).text
    assert headway(served, "admin", "create-token", "ben", "--scopes", "read:user") == 0
    token = capsys.readouterr().out.strip()
    with httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/api/v1/user").json()["handle"] == "ben"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["admin", "sign-in-link", "nobody"], "there is no person 'nobody'"),
        (["admin", "create-person", "a--b"], "cannot be a handle"),
        (["admin", "create-person", "anna"], "is taken"),
        (["admin", "create-token", "anna", "--scopes", "everything"], "there is no scope 'everything'"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(
    served: Served, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    served.person()
    assert headway(served, *arguments) in (1, 2)
    assert said in capsys.readouterr().err


def test_a_folder_without_an_installation_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ledger", "verify", "--data", str(tmp_path)]) == 1
    assert "there is no installation in" in capsys.readouterr().err
