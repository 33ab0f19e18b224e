from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.signing import gpg_home, gpg_signer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served


def test_a_team_is_made_and_filled_in_json(served: Served) -> None:
    anna, ben = served.person("anna"), served.person("ben")
    with served.client(anna) as client:
        made = client.post("/api/v1/teams", json={"handle": "acme", "name": "Acme"})
        assert (made.status_code, made.json()["role"]) == (201, "owner")
        assert client.put("/api/v1/teams/acme/members/ben", json={"role": "maintainer"}).status_code == 204
        assert client.put("/api/v1/teams/acme/members/ben", json={"role": "king"}).status_code == 422
        assert client.patch("/api/v1/teams/acme", json={"name": "Acme Ltd"}).json()["name"] == "Acme Ltd"
        project = client.post("/api/v1/projects", json={"name": "shop", "owner": "acme"})
        assert project.json()["full_name"] == "acme/shop"
        invited = client.post("/api/v1/projects/acme/shop/invitations", json={"role": "reporter"}).json()
        assert client.delete("/api/v1/teams/acme").status_code == 409
    with served.client(ben) as client:
        assert [each["handle"] for each in client.get("/api/v1/teams/acme/members").json()["items"]] == ["anna", "ben"]
        assert client.put("/api/v1/teams/acme/members/ben", json={"role": "owner"}).status_code == 403
        assert client.delete("/api/v1/teams/acme/members/ben").status_code == 204
        secret = invited["link"].rpartition("/")[2]
        joined = client.post("/api/v1/user/invitations", json={"secret": secret})
        assert joined.json() == {"kind": "project", "name": "acme/shop"}
        assert client.post("/api/v1/user/invitations", json={"secret": secret}).status_code == 410
        assert client.get("/api/v1/projects/acme/shop").status_code == 200


def test_people_are_administered_in_json(served: Served) -> None:
    root, ben = served.person("root-of-all", admin=True), served.person("ben")
    with served.client(root) as client:
        assert [each["handle"] for each in client.get("/api/v1/people", params={"limit": 1}).json()["items"]] == ["ben"]
        assert client.put("/api/v1/people/ben/suspended", json={"suspended": True}).json()["suspended"]
        with served.client(ben) as bens:
            assert bens.get("/api/v1/user").status_code == 401
        assert client.put("/api/v1/people/ben/suspended", json={"suspended": False}).json()["suspended"] is None
        assert client.put("/api/v1/people/root-of-all/administrator", json={"administrator": False}).status_code == 403
        assert client.put("/api/v1/people/nobody/suspended", json={"suspended": True}).status_code == 404
        link = client.post("/api/v1/people/ben/sign-in-link").json()["link"]
        assert "/-/sign-in/hwl_" in link
        waiting = client.post("/api/v1/invitations", json={"email": "x@example.com"})
        assert (waiting.status_code, "/-/invitations/hwi_" in waiting.json()["link"]) == (201, True)
        number = waiting.json()["id"]
        again = client.post(f"/api/v1/invitations/{number}/resend").json()["link"]
        assert again != waiting.json()["link"]
        assert client.delete(f"/api/v1/invitations/{number}").status_code == 204
        assert client.get("/api/v1/invitations").json()["items"] == []


def test_an_account_is_changed_in_json_as_far_as_the_token_goes(served: Served) -> None:
    anna, reading = served.person("anna"), served.person("ben", scopes=("read:user",))
    with served.client(anna) as client:
        assert client.patch("/api/v1/user", json={"name": "A. B.", "email": "a@example.com"}).status_code == 200
        user = client.get("/api/v1/user").json()
        assert (user["name"], user["email"]) == ("A. B.", "a@example.com")
        assert client.patch("/api/v1/user", json={"email": "x\r\nBcc: y@example.com"}).status_code == 422
        assert client.put("/api/v1/user/password", json={"password": "eleven blue buttons"}).status_code == 401
    with served.client(reading) as client:
        assert client.patch("/api/v1/user", json={"name": "x"}).status_code == 403
        assert client.post("/api/v1/user/tokens", json={"name": "x", "scopes": ["admin"]}).status_code == 403
        assert client.put("/api/v1/user/inbox", json={"read": True}).status_code == 403
        assert client.get("/api/v1/user/inbox").json() == {"items": [], "following": ""}


def test_gpg_keys_in_json(served: Served) -> None:
    anna, path = served.person("anna"), "/api/v1/user/gpg-keys"
    with gpg_home() as home, served.client(anna) as client:
        signer = gpg_signer(home)
        made = client.post(path, json={"key": signer.public, "name": "Work"})
        assert (made.status_code, made.json()["fingerprint"]) == (201, signer.fingerprint)
        assert client.post(path, json={"key": signer.public}).status_code == 409
        assert client.post(path, json={"key": "-----BEGIN PGP PUBLIC KEY BLOCK-----"}).status_code == 422
        assert [each["name"] for each in client.get(path).json()["items"]] == ["Work"]
        assert [client.delete(f"{path}/{made.json()['id']}").status_code for _ in range(2)] == [204, 404]


def test_deploy_keys_and_watching_in_json(served: Served, tmp_path: Path) -> None:
    anna = served.person("anna")
    served.project(anna)
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(tmp_path / "key")], check=True)
    key = (tmp_path / "key.pub").read_text()
    with served.client(anna) as client:
        path = "/api/v1/projects/anna/shop/deploy-keys"
        made = client.post(path, json={"key": key, "name": "deploys"})
        assert (made.status_code, made.json()["may_write"]) == (201, False)
        assert client.post("/api/v1/user/ssh-keys", json={"key": key}).status_code == 409
        assert client.post(path, json={"key": "ssh-ed25519 x"}).status_code == 422
        assert client.delete(f"/api/v1/user/ssh-keys/{made.json()['id']}").status_code == 404
        assert client.delete(f"{path}/{made.json()['id']}").status_code == 204
        watch = "/api/v1/projects/anna/shop/watch"
        assert client.put(watch, json={"level": "ignore"}).json() == client.get(watch).json() == {"level": "ignore"}
        assert client.put(watch, json={"level": "stare"}).status_code == 422
        assert client.get("/api/v1/user/watches").json()["items"] == [
            {"subject": "project:anna/shop", "level": "ignore"}
        ]


def test_a_service_account_in_json(served: Served) -> None:
    anna = served.person("anna")
    narrow = served.person("ben", scopes=("write:user",))
    with served.client(narrow) as client:
        client.post("/api/v1/teams", json={"handle": "acme"})
        assert client.post("/api/v1/service-accounts", json={"handle": "robot"}).status_code == 403
        made = client.post("/api/v1/service-accounts", json={"handle": "robot", "team": "acme"})
        assert (made.status_code, made.json()["team"]) == (201, "acme")
        path = "/api/v1/service-accounts/robot/tokens"
        assert client.post(path, json={"name": "x", "scopes": ["write:code"]}).status_code == 403
        token = client.post(path, json={"name": "x", "scopes": ["read:user"]})
        assert (token.status_code, token.json()["secret"][:4]) == (201, "hwp_")
    with served.client(anna) as client:
        assert client.get(path).status_code == 404
        assert client.post(path, json={"name": "x", "scopes": ["read:user"]}).status_code == 404
