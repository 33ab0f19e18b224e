from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, cast

import pytest

from headway.kernel.identity.actors import SYSTEM
from headway.repository.hooks import Proposal, RefUpdate
from headway.repository.hosting import Hosting
from headway.repository.receiving import Pending, Receiving
from headway.repository.recording import Recording
from headway.repository.transport.hook import Caller
from tests.serving import Served, commit, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.ledger.records import Event
    from headway.kernel.projects.records import Project
    from headway.repository.rules import Rules


@pytest.fixture
def recording(served: Served) -> Recording:
    """Return a recorder that a test runs by hand."""
    served.headway.controllers.stop()
    platform = served.headway.platform
    return Recording(platform.database, platform.ledger, served.headway.hosting)


def recorded(served: Served) -> list[int]:
    return [event.data["count"] for event in served.events(type="dev.cdeventsx.headway-commit.recorded")]


def told(served: Served) -> list[Event]:
    return served.events(type="dev.cdeventsx.headway-commit.recorded")


def linked(served: Served, subject: str) -> list[tuple[str, str, str]]:
    with served.client(served.person("auditor", admin=True)) as client:
        items = client.get("/api/v1/ledger/links", params={"subject": subject}).json()["items"]
    return [(each["source"], each["kind"], each["target"]) for each in items]


def many_commits(folder: Path, count: int) -> None:
    """Write commits quickly."""
    stream = b"".join(
        b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata 2\nx\n%s\n"
        % (1700000000 + number, b"from refs/heads/main^0\n" if number == 0 else b"")
        for number in range(count)
    )
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet", "--force"], input=stream, check=True)


def test_every_commit_of_a_push_is_linked_once(served: Served, recording: Recording, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source", commits=3)
    address = served.address(anna, "anna/shop")
    must(git("push", address, "main", "main~1:refs/heads/old", at=source))
    assert recording.record_all() == 1
    sha = commit(source, "One more\n\nFixes #4")
    must(git("push", address, "main", "main:copy", at=source))
    recording.record_all()
    assert recorded(served) == [3, 1]
    kinds = {
        (kind, target) for source_, kind, target in linked(served, f"commit:anna/shop@{sha}") if "push" not in source_
    }
    assert kinds == {("resolves", "issue:anna/shop#4")}
    assert recording.record_all() == 0


def test_a_commit_is_linked_to_its_author_if_the_address_is_known(
    served: Served, recording: Recording, tmp_path: Path
) -> None:
    anna = served.person()
    served.headway.platform.identity.create_person(SYSTEM, "ben", "Ben", "Anna@Example.com")
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    recording.record_all()
    sha = must(git("rev-parse", "main", at=source))
    assert (f"commit:anna/shop@{sha}", "requested-by", "person:ben") in linked(served, f"commit:anna/shop@{sha}")


def test_commits_stay_when_their_branch_is_forced_away(served: Served, recording: Recording, tmp_path: Path) -> None:
    anna = served.person()
    project = served.project(anna)
    source = working_copy(tmp_path / "source", commits=2)
    address = served.address(anna, "anna/shop")
    must(git("push", address, "main", at=source))
    recording.record_all()
    gone = must(git("rev-parse", "main", at=source))
    must(git("push", address, "+main~1:main", at=source))
    recording.record_all()
    path = served.headway.hosting.path(project.id)
    must(git("gc", "--prune=now", "--quiet", at=path))
    assert must(git("cat-file", "-t", gone, at=path)) == "commit"
    assert recorded(served) == [2]


def test_a_large_push_is_recorded_in_steps_and_goes_on_after_a_crash(
    served: Served, recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    many_commits(source, 1203)
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    write = served.headway.platform.database.write
    calls = 0

    def fails_at_the_third(work: object, timeout: float = 30) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError("killed")
        return write(work, timeout)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(served.headway.platform.database, "write", fails_at_the_third)
        assert recording.record_all() == 0
    assert recorded(served) == [500, 500]
    assert [event.data["commits"] == [] for event in told(served)] == [False, False]
    assert recording.record_all() == 1
    assert recorded(served) == [500, 500, 204]


def test_tags_of_what_is_no_commit_are_no_obstacle(served: Served, recording: Recording, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("tag", "tree", "main^{tree}", at=source))
    must(git("tag", "--annotate", "v1", "-m", "v1", at=source))
    must(git("push", served.address(anna, "anna/shop"), "tree", at=source))
    must(git("push", served.address(anna, "anna/shop"), "v1", at=source))
    assert recording.record_all() == 2
    assert recorded(served) == [1]


def pending(served: Served, project: Project, update: RefUpdate) -> Pending:
    receiving = served.headway.receiving
    found = Pending(served.headway.platform.ledger.ids.uuid(), project.id, "person:anna", "http", (update,))
    served.headway.platform.database.write(lambda connection: receiving.note(connection, found))
    return found


def test_a_push_that_was_pending_when_the_server_died_is_settled_by_looking_at_git(
    served: Served, recording: Recording, tmp_path: Path
) -> None:
    anna = served.person()
    project = served.project(anna)
    source = working_copy(tmp_path / "source", commits=3)
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    path = served.headway.hosting.path(project.id)
    old, new = (must(git("rev-parse", revision, at=source)) for revision in ("main~1", "main"))
    zeros = "0" * 40
    hosting = served.headway.hosting
    hosting.git("update-ref", "refs/heads/happened", old, at=path)
    hosting.git("update-ref", "refs/heads/moved-on", old, at=path)
    hosting.git("update-ref", "refs/heads/moved-on", new, at=path)
    pending(served, project, RefUpdate("refs/heads/happened", zeros, old))
    pending(served, project, RefUpdate("refs/heads/moved-on", zeros, old))
    pending(served, project, RefUpdate("refs/heads/never", zeros, old))
    pending(served, project, RefUpdate("refs/heads/deleted", old, zeros))
    assert served.headway.receiving.settle() == 4
    assert served.headway.receiving.settle() == 0
    told = [event.subject for event in served.events(type="dev.cdevents.branch.created")]
    assert told == ["branch:anna/shop@main", "branch:anna/shop@happened", "branch:anna/shop@moved-on"]
    assert len(served.events(type="dev.cdevents.branch.deleted")) == 1


def test_a_push_that_another_server_takes_is_left_to_it_until_it_and_its_git_have_ended(
    served: Served, recording: Recording
) -> None:
    project = served.project(served.person())
    hosting, rules = Hosting(served.headway.hosting.folder), cast("Rules", None)
    other = Receiving(served.headway.platform.database, served.headway.platform.ledger, hosting, rules)
    update = RefUpdate("refs/heads/main", "0" * 40, "a" * 40)
    found = Pending(served.headway.platform.ledger.ids.uuid(), project.id, "person:anna", "http", (update,))
    served.headway.platform.database.write(lambda connection: other.note(connection, found))
    assert served.headway.receiving.settle() == 0
    hosting.presence.leave()
    assert served.headway.receiving.settle() == 1


def test_a_push_of_this_server_is_not_settled_while_its_git_runs(
    served: Served, recording: Recording, tmp_path: Path
) -> None:
    anna = served.person()
    project = served.project(anna)
    receiving = served.headway.receiving
    access = served.headway.platform.projects.open(anna.actor, "anna", "shop", "code.push")
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main:elsewhere", at=source))
    sha = must(git("rev-parse", "main", at=source))
    proposal = Proposal((RefUpdate("refs/heads/main", "0" * 40, sha),), "", ())
    answer, proposed = receiving.propose(Caller(access, anna.actor, "http"), proposal)
    assert answer.allowed
    assert proposed
    assert receiving.settle() == 0
    served.headway.hosting.git("update-ref", "refs/heads/main", sha, at=served.headway.hosting.path(project.id))
    assert receiving.confirm(proposed) == proposal.updates
    assert receiving.settle() == 0


def test_the_ledger_tells_the_title_and_files_of_each_commit(
    served: Served, recording: Recording, tmp_path: Path
) -> None:
    anna = served.person()
    served.project(anna)
    source = working_copy(tmp_path / "source")
    (source / "src").mkdir()
    (source / "src/basket.py").write_text("x = 1\n")
    sha = commit(source, "Count baskets\n\nOne by one.")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    recording.record_all()
    (event,) = told(served)
    expected = {"id": sha, "title": "Count baskets", "parents": 1, "files": ["src/basket.py"]}
    assert event.data["commits"][1] == expected
    assert event.data["commits"][0]["files"] == ["README.md"]


def test_a_repository_that_cannot_be_read_keeps_no_other_waiting(
    served: Served, recording: Recording, tmp_path: Path
) -> None:
    anna = served.person()
    source = working_copy(tmp_path / "source")
    for name in ("gone", "there"):
        served.project(anna, name)
        must(git("push", served.address(anna, f"anna/{name}"), "main", at=source))
    served.headway.hosting.delete(1)
    assert recording.record_all() == 1
    assert recorded(served) == [1]
