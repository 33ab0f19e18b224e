from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING, Any

from headway.kernel.inbox.records import Notification
from headway.web.inbox_pages import place_of
from headway.web.rendering import browser, sentence
from tests.serving import Served, git, must, working_copy
from tests.signing import gpg_home, gpg_signer
from tests.web.browsing import PASSWORD, visitor

if TYPE_CHECKING:
    from pathlib import Path


def secret_on(page: Any) -> str:
    """Return what a page shows this once."""
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r'value="([^"]+)" readonly', page.text)
    assert found is not None, page.text
    return found[1]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(served: Served) -> None:
    anna = visitor(served, "anna")
    wrong = anna.send("/-/account/tokens", name="ci")
    assert (wrong.status_code, "without scopes can do nothing" in wrong.text) == (422, True)
    secret = secret_on(anna.send("/-/account/tokens", name="ci", scopes=["read:user", "read:code"], days="30"))
    assert secret not in anna.see("/-/account/tokens").text
    headers = {"Authorization": f"Bearer {secret}"}
    with served.client() as client:
        assert client.get("/api/v1/user", headers=headers).json()["handle"] == "anna"
    found = re.search(r"/-/account/tokens/(\d+)/revoke", anna.see("/-/account/tokens").text)
    assert found is not None
    assert anna.send(found[0]).headers["location"] == "/-/account/tokens?done=revoked"
    with served.client() as client:
        assert client.get("/api/v1/user", headers=headers).status_code == 401


def test_a_key_is_added_and_a_private_one_is_not_shown_again(served: Served, tmp_path: Path) -> None:
    anna = visitor(served, "anna")
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(tmp_path / "key")], check=True)
    private = (tmp_path / "key").read_text()
    refused = anna.send("/-/account/ssh-keys", key=private)
    assert (refused.status_code, private.splitlines()[1] in refused.text) == (422, False)
    assert "must not leave your machine" in refused.text
    assert anna.send("/-/account/ssh-keys", key=(tmp_path / "key.pub").read_text(), name="Laptop").status_code == 303
    page = anna.see("/-/account/ssh-keys").text
    assert ("SHA256:" in page, "Laptop" in page) == (True, True)


def test_a_gpg_key_is_added_and_removed_on_its_page(served: Served) -> None:
    anna = visitor(served, "anna")
    with gpg_home() as home:
        signer = gpg_signer(home)
        private = signer.gpg("--armor", "--export-secret-keys", signer.fingerprint).decode()
        public = signer.public
    refused = anna.send("/-/account/gpg-keys", key=private)
    assert (refused.status_code, private.splitlines()[2] in refused.text) == (422, False)
    assert anna.send("/-/account/gpg-keys", key=public).headers["location"] == "/-/account/gpg-keys?done=key"
    page = anna.see("/-/account/gpg-keys").text
    assert (signer.fingerprint in page, "Anna Berg &lt;anna@example.com&gt;" in page) == (True, True)
    found = re.search(r"/-/account/gpg-keys/(\d+)/remove", page)
    assert found is not None
    assert anna.send(found[0]).headers["location"] == "/-/account/gpg-keys?done=removed"
    assert "No keys yet" in anna.see("/-/account/gpg-keys").text


def test_a_password_and_sessions_are_changed_on_their_pages(served: Served) -> None:
    anna, elsewhere = visitor(served, "anna"), visitor(served)
    elsewhere.sign_in("anna")
    wrong = anna.send("/-/account/sign-in", current="wrong", password="eleven blue buttons")
    assert (wrong.status_code, "password is wrong" in wrong.text) == (401, True)
    assert anna.send("/-/account/sign-in", current=PASSWORD, password="eleven blue buttons").status_code == 303
    assert elsewhere.see("/-/account").status_code == 303
    elsewhere.sign_in("anna", "eleven blue buttons")
    found = re.search(r"/-/account/sessions/\d+/end", anna.see("/-/account/sessions").text)
    assert found is not None
    anna.send(found[0])
    assert elsewhere.see("/-/account").status_code == 303


def test_a_team_is_made_filled_and_owns_projects(served: Served) -> None:
    anna, ben = visitor(served, "anna"), visitor(served, "ben")
    assert anna.send("/-/teams", handle="acme", name="Acme").headers["location"] == "/-/teams/acme"
    assert anna.send("/-/teams", handle="ben").status_code == 409
    assert ben.see("/-/teams/acme").status_code == 404
    anna.send("/-/teams/acme/members", handle="ben", role="developer")
    assert "<option selected>acme</option>" in ben.see("/-/projects/new", owner="acme").text
    assert ben.send("/-/projects/new", name="shop", owner="acme").headers["location"] == "/acme/shop"
    assert anna.see("/acme/shop").status_code == 200
    refused = ben.send("/-/teams/acme/members", handle="anna", role="guest")
    assert refused.status_code == 403
    assert anna.send("/-/teams/acme/delete").status_code == 409
    last = anna.send("/-/teams/acme/members", handle="anna", role="")
    assert (last.status_code, "keeps at least one owner" in last.text) == (403, True)
    assert ben.send("/-/teams/acme/members", handle="ben", role="").headers["location"] == "/-/teams?done=left"
    assert "<option>acme" not in ben.see("/-/projects/new").text


def test_somebody_new_joins_by_a_link_and_somebody_who_is_here_by_a_click(served: Served) -> None:
    anna, ben = visitor(served, "anna"), visitor(served, "ben")
    anna.send("/-/teams", handle="acme")
    for number in range(2):
        path = secret_on(anna.send("/-/teams/acme/invitations", role="developer")).removeprefix(
            served.headway.platform.base_url
        )
        if number == 0:
            newcomer = visitor(served)
            page = newcomer.see(path)
            assert "Anna invites you" in page.text
            taken = newcomer.send(path, handle="anna", password=PASSWORD)
            assert (taken.status_code, "is taken" in taken.text) == (409, True)
            assert newcomer.send(path, handle="cleo", password=PASSWORD).status_code == 303
            assert newcomer.see("/-/teams/acme").status_code == 200
        else:
            assert "Join as ben" in ben.see(path).text
            assert ben.send(f"{path}/join").headers["location"] == "/-/teams/acme"
        assert visitor(served).see(path).status_code == 410


def test_people_are_looked_after_on_one_page(served: Served) -> None:
    root, ben = visitor(served, "root-of-all", admin=True), visitor(served, "ben")
    assert ben.see("/-/people").status_code == 403
    assert "/-/people" not in ben.see("/").text
    assert "ben" in root.see("/-/people", filter="be").text
    path = secret_on(root.send("/-/people/ben/sign-in-link")).removeprefix(served.headway.platform.base_url)
    somebody = visitor(served)
    assert somebody.send(path).status_code == 303
    assert somebody.see("/-/account").status_code == 200
    assert root.send("/-/people/ben/suspend").headers["location"] == "/-/people?done=suspended"
    assert (ben.see("/-/account").status_code, somebody.see("/-/account").status_code) == (303, 303)
    root.send("/-/people/ben/reinstate")
    assert ben.sign_in("ben").status_code == 303
    last = root.send("/-/people/root-of-all/administrator", administrator="false")
    assert (last.status_code, "has to administer" in last.text) == (403, True)
    link = secret_on(root.send("/-/people/invitations"))
    assert "/-/invitations/hwi_" in link


def test_a_program_gets_a_token_on_its_page(served: Served) -> None:
    anna, eve = visitor(served, "anna"), visitor(served, "eve")
    anna.send("/-/teams", handle="acme")
    assert anna.send("/-/teams/acme/programs", handle="robot").headers["location"] == "/-/programs/robot"
    secret = secret_on(anna.send("/-/programs/robot/tokens", name="deploys", scopes=["read:user"], days="0"))
    with served.client() as client:
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.get("/api/v1/user", headers=headers).json()["subject"] == "token:service:robot"
        anna.send("/-/programs/robot/suspended", suspended="true")
        assert client.get("/api/v1/user", headers=headers).status_code == 401
    assert eve.see("/-/programs/robot").status_code == 404
    assert eve.send("/-/programs/robot/tokens", name="x", scopes=["admin"]).status_code == 404


def test_a_push_by_somebody_else_comes_to_the_inbox_and_leads_to_what_it_is_about(
    served: Served, tmp_path: Path
) -> None:
    anna = visitor(served, "anna")
    ben = served.person("ben")
    anna.send("/-/projects/new", name="shop")
    with served.client() as client:
        headers = {
            "Authorization": f"Bearer {secret_on(anna.send('/-/account/tokens', name='x', scopes=['write:project']))}"
        }
        given = client.put("/api/v1/projects/anna/shop/members/ben", json={"role": "developer"}, headers=headers)
        assert given.status_code == 204
    must(git("push", served.address(ben, "anna/shop"), "main", at=working_copy(tmp_path / "source")))
    for _ in range(200):
        if "ben pushed to main" in anna.see("/-/inbox").text:
            break
        time.sleep(0.05)
    page = anna.see("/-/inbox").text
    assert ('<span class="badge">1' in page, "Mark all as read" in page) == (True, True)
    found = re.search(r'href="(/-/inbox/\d+)"', page)
    assert found is not None
    assert visitor(served, "eve").see(found[1]).status_code == 404
    assert anna.see(found[1]).headers["location"].startswith("/-/ledger/events/")
    assert ("All read" in anna.see("/-/inbox").text, "badge" in anna.see("/").text) == (True, False)
    anna.send(found[1], read="false")
    assert "badge" in anna.see("/").text
    anna.send("/-/inbox/read-all")
    assert "ben pushed" in anna.see("/-/inbox", all="true").text


def test_watching_is_chosen_on_the_page_of_notifications(served: Served) -> None:
    anna, ben = visitor(served, "anna"), visitor(served, "ben")
    anna.send("/-/projects/new", name="shop", visibility="public")
    anna.send("/-/projects/new", name="secret")
    assert ben.send("/-/account/watches", project="anna/shop", level="watch").status_code == 303
    assert "anna/shop" in ben.see("/-/account/notifications").text
    hidden = ben.send("/-/account/watches", project="anna/secret", level="watch")
    missing = ben.send("/-/account/watches", project="anna/nothing", level="watch")
    assert (hidden.status_code, hidden.text.replace("secret", "")) == (404, missing.text.replace("nothing", ""))
    ben.send("/-/account/watches", project="project:anna/shop", level="")
    assert "anna/shop" not in ben.see("/-/account/notifications").text


def test_a_notification_leads_to_where_its_subject_is_shown() -> None:
    from uuid import UUID

    def place(subject: str, path: str = "") -> str:
        told: Any = Notification(1, UUID(int=1), "", subject, "", "owner", "", None, None, path)  # type: ignore[arg-type]
        return place_of(told)

    assert place("team:acme") == "/-/teams/acme"
    assert place("commit:old/name@abc", "acme/shop") == "/acme/shop/commit/abc"
    assert place("person:ben", "acme/shop") == "/acme/shop"
    assert place("person:ben") == "/-/account"
    assert place("team://evil.example.com") == "/-/teams/%2F%2Fevil.example.com"
    assert place("push:1", "acme/shop").startswith("/-/ledger/events/")


def test_words_of_pages() -> None:
    assert [sentence(text) for text in ("the handle 'Anna' is taken", "Done.", "")] == [
        "The handle 'Anna' is taken.",
        "Done.",
        ".",
    ]
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
    assert [browser(agent) for agent in (chrome, "curl/8.5", "")] == ["Chrome on Linux", "curl/8.5", "unknown"]


def test_a_project_is_watched_from_its_own_page(served: Served) -> None:
    owner = served.person("acme")
    served.project(owner, visibility="internal")
    anna = visitor(served, "anna")
    page = anna.see("/acme/shop")
    assert ">Watch</button>" in page.text
    answer = anna.send("/-/account/watches", project="project:acme/shop", level="watch", next="/acme/shop")
    assert (answer.status_code, answer.headers["location"]) == (303, "/acme/shop")
    assert ">Stop watching</button>" in anna.see("/acme/shop").text
    anna.send("/-/account/watches", project="project:acme/shop", level="", next="//evil.example.com")
    assert ">Watch</button>" in anna.see("/acme/shop").text
    assert "Watch</button>" not in visitor(served).see("/acme/shop").text
