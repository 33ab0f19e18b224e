"""The methods of the service, called as its clients call them."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.integration.results.records import Draft, SourceFile
from tests.integration.results.service import IDS, JOB, serving

if TYPE_CHECKING:
    from tests.integration.results.service import Service


def zip_of(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


# Artifacts


def test_an_artifact_is_created_uploaded_finished_listed_downloaded_and_deleted(service: Service) -> None:
    data = zip_of(**{"a": "one", "sub/b": "two"})
    finished = service.keep_artifact("dist", data, hash=f"sha256:{hashlib.sha256(data).hexdigest()}")
    assert finished.json["ok"] is True
    (artifact,) = service.artifact("ListArtifacts").json["artifacts"]
    assert artifact == IDS | {
        "database_id": finished.json["artifact_id"],
        "name": "dist",
        "size": str(len(data)),
        "created_at": artifact["created_at"],
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    address = service.artifact("GetSignedArtifactURL", name="dist").json["signed_url"]
    downloaded = service.send("GET", address)
    assert (downloaded.status, downloaded.body) == (200, data)
    assert downloaded.headers["content-type"] == "application/zip"
    assert downloaded.headers["content-disposition"] == "attachment; filename*=UTF-8''dist.zip"
    deleted = service.artifact("DeleteArtifact", name="dist")
    assert deleted.json == {"ok": True, "artifact_id": finished.json["artifact_id"]}
    assert service.artifact("ListArtifacts").json == {"artifacts": []}
    assert service.send("GET", address).status == 404


def test_whoever_started_the_run_hears_of_an_uploaded_artifact_and_can_open_it(service: Service) -> None:
    service.keep_artifact("dist", zip_of(a="one"))
    ((job, artifact),) = service.kept
    assert (job, artifact.name, artifact.files, artifact.size) == (JOB, "dist", 1, 3)
    assert Path(service.stores.artifacts.location(artifact), "a").read_text() == "one"


def test_lists_can_be_narrowed_by_name_and_by_id(service: Service) -> None:
    ids = [service.keep_artifact(name, zip_of(a=name)).json["artifact_id"] for name in ("x", "y")]

    def names(**fields: object) -> list[str]:
        return [artifact["name"] for artifact in service.artifact("ListArtifacts", **fields).json["artifacts"]]

    assert names() == ["x", "y"]
    assert names(name_filter="y") == ["y"]
    assert names(id_filter=ids[0]) == ["x"]
    assert names(nameFilter="none") == []


def test_an_artifact_that_was_kept_natively_is_downloaded_as_a_zip_with_its_digest(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("one")
    store = service.stores.artifacts
    store.reserve("native")
    store.keep_files(Draft("native", "job"), [SourceFile(str(tmp_path / "a"), "sub/a")])
    (artifact,) = service.artifact("ListArtifacts").json["artifacts"]
    downloaded = service.send("GET", service.artifact("GetSignedArtifactURL", name="native").json["signed_url"])
    assert artifact["digest"] == f"sha256:{hashlib.sha256(downloaded.body).hexdigest()}"
    assert artifact["size"] == str(len(downloaded.body))
    assert zipfile.ZipFile(io.BytesIO(downloaded.body)).read("sub/a") == b"one"


def test_a_file_that_is_no_zip_is_downloaded_under_its_name_with_its_type(service: Service) -> None:
    service.keep_artifact("rapport é.txt", b"text", "text/plain")
    address = service.artifact("GetSignedArtifactURL", name="rapport é.txt").json["signed_url"]
    downloaded = service.send("GET", address)
    assert downloaded.body == b"text"
    assert downloaded.headers["content-type"] == "text/plain"
    assert downloaded.headers["content-disposition"].endswith("''rapport%20%C3%A9.txt")
    assert service.send("HEAD", address).headers["content-length"] == "4"


def test_a_name_is_taken_from_its_creation_on(service: Service) -> None:
    assert service.artifact("CreateArtifact", name="dist", version=7).status == 200
    again = service.artifact("CreateArtifact", name="dist", version=7)
    assert (again.status, again.json["code"]) == (409, "already_exists")


def test_retention_ends_an_artifact(service: Service) -> None:
    data = zip_of(a="one")
    past = {"expires_at": "2020-01-01T00:00:00Z"}
    address = service.artifact("CreateArtifact", name="old", version=7, **past).json["signed_upload_url"]
    service.upload(address, data)
    assert service.artifact("FinalizeArtifact", name="old", size=len(data)).status == 200
    assert service.artifact("ListArtifacts").json == {"artifacts": []}


# Caches


def test_a_cache_is_saved_found_and_downloaded(service: Service) -> None:
    content = b"archive" * 1000
    assert service.keep_cache("k-1", content).json["ok"] is True
    found = service.cache("GetCacheEntryDownloadURL", key="k-1", version="v").json
    assert (found["ok"], found["matched_key"]) == (True, "k-1")
    downloaded = service.send("GET", found["signed_download_url"])
    assert downloaded.body == content
    assert downloaded.headers["content-length"] == str(len(content))


def test_a_restore_key_finds_the_newest_and_a_miss_is_no_error(service: Service) -> None:
    for number in range(3):
        service.keep_cache(f"k-{number}", b"x")
    found = service.cache("GetCacheEntryDownloadURL", key="new", restore_keys=["none", "k-"], version="v").json
    assert found["matched_key"] == "k-2"
    for miss in ({"key": "none", "version": "v"}, {"key": "k-1", "version": "w"}):
        answer = service.cache("GetCacheEntryDownloadURL", **miss)
        assert (answer.status, answer.json) == (200, {"ok": False})


def test_parts_of_a_cache_can_be_downloaded(service: Service) -> None:
    service.keep_cache("k", b"0123456789")
    address = service.cache("GetCacheEntryDownloadURL", key="k", version="v").json["signed_download_url"]
    part = service.send("GET", address, Range="bytes=2-4")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert service.send("GET", address, x_ms_range="bytes=8-").body == b"89"
    head = service.send("HEAD", address)
    assert (head.status, head.headers["content-length"], head.body) == (200, "10", b"")
    assert service.send("GET", address, Range="bytes=10-").status == 400


def test_a_key_is_saved_once(service: Service) -> None:
    service.keep_cache("k", b"first")
    again = service.cache("CreateCacheEntry", key="k", version="v")
    assert (again.status, again.json["code"]) == (409, "already_exists")


def test_an_empty_cache_is_a_cache(service: Service) -> None:
    assert service.keep_cache("k", b"").json["ok"] is True
    address = service.cache("GetCacheEntryDownloadURL", key="k", version="v").json["signed_download_url"]
    assert service.send("GET", address).body == b""


def test_caches_outlive_the_service_and_are_seen_by_refs_that_may(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        first.keep_cache("k", b"of main")
    with serving(tmp_path, ref="refs/heads/dev", run="1700000000000001") as second:
        found = second.cache("GetCacheEntryDownloadURL", key="k", version="v").json
        assert second.send("GET", found["signed_download_url"]).body == b"of main"
        second.keep_cache("k", b"of dev")
    with serving(tmp_path, ref="refs/heads/main", run="1700000000000002") as third:
        found = third.cache("GetCacheEntryDownloadURL", key="k", version="v").json
        assert third.send("GET", found["signed_download_url"]).body == b"of main"


def test_a_native_cache_is_none_for_clients(service: Service) -> None:
    service.stores.caches.reserve("k", "v")
    service.stores.caches.keep("k", "v", lambda folder: Path(folder, "places.json").touch())
    assert service.cache("GetCacheEntryDownloadURL", key="k", version="v").json == {"ok": False}


# Blocks


def block_ids(count: int) -> list[str]:
    return [base64.b64encode(f"block-{number:05}".encode()).decode() for number in range(count)]


def commit(service: Service, address: str, ids: list[str]) -> int:
    listed = "".join(f"<Latest>{name}</Latest>" for name in ids)
    return service.send("PUT", f"{address}&comp=blocklist", f"<BlockList>{listed}</BlockList>").status


def test_blocks_are_uploaded_in_any_order_and_again(service: Service) -> None:
    address = service.cache("CreateCacheEntry", key="k", version="v").json["signed_upload_url"]
    ids = block_ids(3)
    for number in (2, 0, 1, 0):
        put = service.send("PUT", f"{address}&comp=block&blockid={ids[number]}", f"part {number};")
        assert put.status == 201
    assert commit(service, address, ids) == 201
    size = len("part 0;") * 3
    assert service.cache("FinalizeCacheEntryUpload", key="k", version="v", size_bytes=str(size)).json["ok"]
    found = service.cache("GetCacheEntryDownloadURL", key="k", version="v").json
    assert service.send("GET", found["signed_download_url"]).body == b"part 0;part 1;part 2;"


def test_an_upload_is_over_when_it_is_finished(service: Service) -> None:
    address = service.cache("CreateCacheEntry", key="k", version="v").json["signed_upload_url"]
    service.upload(address, b"x")
    assert service.cache("FinalizeCacheEntryUpload", key="k", version="v", size_bytes="1").status == 200
    assert service.upload(address, b"y").status == 404
    assert service.cache("FinalizeCacheEntryUpload", key="k", version="v", size_bytes="1").status == 404


def test_what_is_not_finished_is_removed_at_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        address = service.cache("CreateCacheEntry", key="k", version="v").json["signed_upload_url"]
        service.upload(address, b"x" * 1000)
        assert list((tmp_path / "cache/uploads").rglob("*"))
    assert list((tmp_path / "cache/uploads").iterdir()) == []
    assert not list((tmp_path / "cache").rglob("entry.json"))


@pytest.mark.parametrize("finish", ["FinalizeArtifact", "FinalizeCacheEntryUpload"])
def test_a_size_that_is_not_what_arrived_is_refused_and_the_name_is_free_again(service: Service, finish: str) -> None:
    if finish == "FinalizeArtifact":
        address = service.artifact("CreateArtifact", name="n", version=7).json["signed_upload_url"]
        service.upload(address, zip_of(a="x"))
        answer = service.artifact(finish, name="n", size="1")
        again = service.artifact("CreateArtifact", name="n", version=7)
    else:
        address = service.cache("CreateCacheEntry", key="n", version="v").json["signed_upload_url"]
        service.upload(address, b"12")
        answer = service.cache(finish, key="n", version="v", size_bytes="1")
        again = service.cache("CreateCacheEntry", key="n", version="v")
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    assert again.status == 200
