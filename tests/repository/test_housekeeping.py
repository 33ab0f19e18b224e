from __future__ import annotations

from typing import TYPE_CHECKING

from headway.repository.housekeeping import Housekeeping
from headway.repository.recording import Recording
from tests.serving import Served, must, working_copy
from tests.serving import git as run_git

if TYPE_CHECKING:
    from pathlib import Path


def test_after_a_push_the_index_knows_the_commits_and_the_commit_graph_is_written(
    served: Served, tmp_path: Path
) -> None:
    headway = served.headway
    headway.controllers.stop()
    platform = headway.platform
    anna = served.person()
    project = served.project(anna)
    source = working_copy(tmp_path / "source", commits=3)
    must(run_git("push", served.address(anna, "anna/shop"), "main", at=source))
    housekeeping = Housekeeping(platform.database, headway.hosting, platform.clock)
    assert housekeeping.keep_all() == 0
    Recording(platform.database, platform.ledger, headway.hosting).record_all()
    assert housekeeping.keep_all() == 1
    assert housekeeping.keep_all() == 0
    path = headway.hosting.path(project.id)
    assert list((path / "objects/info/commit-graphs").glob("*.graph"))
    with served.client(anna) as client:
        tree = client.get("/api/v1/projects/anna/shop/tree", params={"last_commits": True}).json()
        found = client.get("/api/v1/projects/anna/shop/search", params={"text": "Revision 2"}).json()
    assert tree["items"][0]["last_commit"]["subject"] == "Revision 2"
    assert (found["complete"], [match["path"] for match in found["items"]]) == (True, ["README.md"])


def test_a_repository_that_is_missing_stops_nothing(served: Served, tmp_path: Path) -> None:
    headway = served.headway
    headway.controllers.stop()
    platform = headway.platform
    anna = served.person()
    source = working_copy(tmp_path / "source")
    for name in ("gone", "there"):
        served.project(anna, name)
        must(run_git("push", served.address(anna, f"anna/{name}"), "main", at=source))
    Recording(platform.database, platform.ledger, headway.hosting).record_all()
    headway.hosting.delete(1)
    assert Housekeeping(platform.database, headway.hosting, platform.clock).keep_all() == 2
    assert Housekeeping(platform.database, headway.hosting, platform.clock).keep_all() == 0
