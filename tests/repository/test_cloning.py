from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.settings import Settings
from headway.repository.cloning import clone_addresses

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served


@pytest.mark.parametrize(
    ("settings", "ssh"),
    [
        ({}, "ssh://git@127.0.0.1:8422/acme/shop.git"),
        ({"base_url": "https://dev.example.com"}, "ssh://git@dev.example.com:8422/acme/shop.git"),
        ({"base_url": "https://dev.example.com:9443/", "ssh": {"port": 22}}, "ssh://git@dev.example.com/acme/shop.git"),
        ({"base_url": "http://[::1]:8420"}, "ssh://git@[::1]:8422/acme/shop.git"),
        ({"ssh": {"enabled": False}}, None),
        ({"ssh": {"port": 0}}, None),
    ],
)
def test_git_finds_a_project_over_ssh_where_it_is_answered(tmp_path: Path, settings: Any, ssh: str | None) -> None:
    assert clone_addresses(Settings(data=tmp_path, **settings)).over_ssh("acme/shop") == ssh


def test_pages_and_both_apis_say_how_to_clone(served: Served) -> None:
    owner = served.person("acme")
    served.project(owner)
    ssh = "ssh://git@127.0.0.1:8422/acme/shop.git"
    with served.client(owner) as client:
        ours, theirs = client.get("/api/v1/projects/acme/shop").json(), client.get("/api/v3/repos/acme/shop").json()
        assert {ours["ssh_url"], theirs["ssh_url"]} == {ssh}
        assert {ours["clone_url"], theirs["clone_url"]} == {f"{served.url}/acme/shop.git"}
        assert ssh in client.get("/acme/shop").text
