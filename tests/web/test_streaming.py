from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.serving import Served, git, must, wait_until, working_copy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("wanted", ["archive", "raw", "clone"])
def test_a_client_that_goes_away_leaves_no_git(served: Served, tmp_path: Path, wanted: str) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    (source / "large.bin").write_bytes(os.urandom(30_000_000))
    must(git("add", "large.bin", at=source))
    must(git("commit", "--quiet", "--message", "large", at=source))
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    question = f"0032want {must(git('rev-parse', 'HEAD', at=source))}\n00000009done\n"
    method, address = {
        "archive": ("GET", "/api/v1/projects/anna/shop/archive?format=zip"),
        "raw": ("GET", "/anna/shop/raw/main/large.bin"),
        "clone": ("POST", "/anna/shop/git-upload-pack"),
    }[wanted]
    headers = {"Content-Type": "application/x-git-upload-pack-request"}
    with served.client(anna) as client:
        given = question if method == "POST" else None
        with client.stream(method, address, content=given, headers=headers, auth=("anna", anna.token)) as answer:
            assert answer.status_code == 200
            pieces = answer.iter_raw()
            next(pieces)
            assert served.gits()
    wait_until(lambda: not served.gits())
