"""GitHub's own clients, unchanged, on node, against the service."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.results.records import Draft, SourceFile
from headway.integration.results.trees import remove
from tests.javascript.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.results.service import Service
    from tests.javascript.oracle import Oracle


class Client:
    """A process with GitHub's clients, as an action of a job would have them."""

    def __init__(self, process: Oracle) -> None:
        self._process = process

    def ask(self, client: str, method: str, *arguments: Any) -> Any:
        """Call a method; return its value. Raises ``AssertionError`` with what it raised."""
        answer = self._process.ask([client, method, *arguments])
        assert "error" not in answer, answer
        return answer["value"]

    def refused(self, client: str, method: str, *arguments: Any) -> str:
        """Call a method that fails; return how."""
        answer = self._process.ask([client, method, *arguments])
        assert "error" in answer, answer
        return str(answer["message"])


@contextmanager
def client_of(service: Service) -> Iterator[Client]:
    """Run the clients in a workspace, with the variables that the service gives to actions."""
    workspace = service.folder / "workspace"
    workspace.mkdir(exist_ok=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(service.folder),
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(service.folder / "temp"),
        **service.variables,
    }
    with oracle("results.mjs", env=env, cwd=workspace) as process:
        yield Client(process)


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    """Return the clients in a job."""
    with client_of(service) as running:
        yield running


def tree(folder: Path) -> list[str]:
    """Write some files, and return their paths."""
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("one")
    (folder / "sub/ü b.bin").write_bytes(os.urandom(200_000))
    (folder / "sub/empty").write_text("")
    return [str(folder / name) for name in ("a.txt", "sub/ü b.bin", "sub/empty")]


def contents(folder: Path) -> dict[str, str]:
    """Return the digest of each file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


# Artifacts


def test_an_artifact_goes_up_comes_down_and_goes_away(service: Service, client: Client, tmp_path: Path) -> None:
    files = tree(tmp_path / "from")
    kept = client.ask("artifact", "uploadArtifact", "dist", files, str(tmp_path / "from"), {})
    (listed,) = client.ask("artifact", "listArtifacts", {"latest": True})["artifacts"]
    assert (listed["name"], listed["id"], listed["size"]) == ("dist", kept["id"], kept["size"])
    assert listed["digest"] == f"sha256:{kept['digest']}"
    assert client.ask("artifact", "getArtifact", "dist")["artifact"] == listed
    options = {"path": str(tmp_path / "to"), "expectedHash": listed["digest"]}
    assert client.ask("artifact", "downloadArtifact", kept["id"], options)["digestMismatch"] is False
    assert contents(tmp_path / "to") == contents(tmp_path / "from")
    assert client.ask("artifact", "deleteArtifact", "dist") == {"id": kept["id"]}
    assert client.ask("artifact", "listArtifacts", {})["artifacts"] == []
    assert "not found" in client.refused("artifact", "deleteArtifact", "dist")


def test_what_a_client_uploads_is_a_native_artifact_too(service: Service, client: Client, tmp_path: Path) -> None:
    files = tree(tmp_path / "from")
    client.ask("artifact", "uploadArtifact", "dist", files, str(tmp_path / "from"), {"compressionLevel": 9})
    store = service.stores.artifacts
    artifact = store.find("dist")
    assert artifact is not None
    store.copy(artifact, str(tmp_path / "to"))
    assert contents(tmp_path / "to") == contents(tmp_path / "from")


def test_a_native_artifact_is_downloaded_by_a_client_with_the_digest_that_it_expects(
    service: Service, client: Client, tmp_path: Path
) -> None:
    files = tree(tmp_path / "from")
    store = service.stores.artifacts
    store.reserve("native")
    sources = [SourceFile(file, os.path.relpath(file, tmp_path / "from")) for file in files]
    artifact = store.keep_files(Draft("native", "job"), sources)
    (listed,) = client.ask("artifact", "listArtifacts", {})["artifacts"]
    assert listed["digest"] == f"sha256:{artifact.digest}"
    options = {"path": str(tmp_path / "to"), "expectedHash": listed["digest"]}
    assert client.ask("artifact", "downloadArtifact", listed["id"], options)["digestMismatch"] is False
    assert contents(tmp_path / "to") == contents(tmp_path / "from")


def test_a_name_that_is_taken_is_refused_without_trying_again(client: Client, tmp_path: Path) -> None:
    files = tree(tmp_path / "from")
    client.ask("artifact", "uploadArtifact", "dist", files, str(tmp_path / "from"), {})
    refused = client.refused("artifact", "uploadArtifact", "dist", files, str(tmp_path / "from"), {})
    assert "(409) Conflict" in refused
    assert "already exists" in refused


def test_a_file_that_is_not_to_be_zipped_keeps_its_name_and_content(client: Client, tmp_path: Path) -> None:
    files = tree(tmp_path / "from")
    kept = client.ask("artifact", "uploadArtifact", "ignored", files[:1], str(tmp_path / "from"), {"skipArchive": True})
    (tmp_path / "to").mkdir()
    options = {"path": str(tmp_path / "to"), "expectedHash": f"sha256:{kept['digest']}"}
    assert client.ask("artifact", "downloadArtifact", kept["id"], options)["digestMismatch"] is False
    assert (tmp_path / "to/a.txt").read_text() == "one"


def test_an_artifact_of_many_blocks_arrives_whole(client: Client, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from/large").write_bytes(os.urandom(1 << 20) * 40)
    large = [str(tmp_path / "from/large")]
    kept = client.ask("artifact", "uploadArtifact", "large", large, str(tmp_path / "from"), {"compressionLevel": 0})
    assert kept["size"] > 40 << 20
    client.ask("artifact", "downloadArtifact", kept["id"], {"path": str(tmp_path / "to")})
    assert contents(tmp_path / "to") == contents(tmp_path / "from")


def test_retention_is_taken_over(service: Service, client: Client, tmp_path: Path) -> None:
    client.ask("artifact", "uploadArtifact", "x", tree(tmp_path / "from"), str(tmp_path / "from"), {"retentionDays": 3})
    artifact = service.stores.artifacts.find("x")
    assert artifact is not None
    assert round((artifact.expires - artifact.created) / 86400) == 3


# Caches


def test_a_cache_is_saved_and_restored_by_its_key_and_by_a_restore_key(service: Service, client: Client) -> None:
    folder = service.folder / "workspace/deps"
    tree(folder)
    (folder / "link").symlink_to("a.txt")
    (folder / "a.txt").chmod(0o755)
    before = contents(folder)
    assert client.ask("cache", "saveCache", ["deps"], "deps-1") > 0
    for keys in (("deps-1", []), ("deps-2", ["other-", "deps-"])):
        remove(str(folder))
        assert client.ask("cache", "restoreCache", ["deps"], *keys) == "deps-1"
        assert contents(folder) == before
        assert (folder / "link").is_symlink()
        assert (folder / "a.txt").stat().st_mode & 0o777 == 0o755


def test_a_miss_is_none_and_other_paths_are_another_cache(service: Service, client: Client) -> None:
    tree(service.folder / "workspace/deps")
    client.ask("cache", "saveCache", ["deps"], "deps-1")
    assert client.ask("cache", "restoreCache", ["deps"], "none", ["nothing-"]) is None
    assert client.ask("cache", "restoreCache", ["other"], "deps-1") is None


def test_looking_up_downloads_nothing(service: Service, client: Client) -> None:
    folder = service.folder / "workspace/deps"
    tree(folder)
    client.ask("cache", "saveCache", ["deps"], "deps-1")
    remove(str(folder))
    assert client.ask("cache", "restoreCache", ["deps"], "deps-1", [], {"lookupOnly": True}) == "deps-1"
    assert not folder.exists()


def test_a_key_is_saved_once_and_its_first_content_stays(service: Service, client: Client) -> None:
    folder = service.folder / "workspace/deps"
    tree(folder)
    assert client.ask("cache", "saveCache", ["deps"], "k") > 0
    (folder / "a.txt").write_text("changed")
    assert client.ask("cache", "saveCache", ["deps"], "k") == -1
    client.ask("cache", "restoreCache", ["deps"], "k")
    assert (folder / "a.txt").read_text() == "one"


def test_of_jobs_that_save_a_key_at_a_time_one_does(service: Service) -> None:
    tree(service.folder / "workspace/deps")
    ids: list[int] = []

    def save() -> None:
        with client_of(service) as job:
            ids.append(job.ask("cache", "saveCache", ["deps"], "k"))

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([number for number in ids if number > 0]) == 1
    assert len(ids) == 4


def test_a_cache_of_more_than_128_mib_goes_in_parts_and_comes_back_whole(service: Service, client: Client) -> None:
    folder = service.folder / "workspace/deps"
    folder.mkdir()
    with open(folder / "large", "wb") as file:
        for _ in range(140):
            file.write(os.urandom(1 << 20))
    before = contents(folder)
    assert client.ask("cache", "saveCache", ["deps"], "large") > 0
    remove(str(folder))
    assert client.ask("cache", "restoreCache", ["deps"], "large") == "large"
    assert contents(folder) == before
