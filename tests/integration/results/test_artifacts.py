from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from headway.integration.results.artifacts import FolderArtifacts, known_run, last_run_of
from headway.integration.results.errors import (
    AlreadyExistsError,
    InvalidArchiveError,
    InvalidRequestError,
    NotFoundError,
    ResultsError,
)
from headway.integration.results.records import DAY, Artifact, Draft, SourceFile
from headway.kernel.errors import UnsafePathError

NOW = 1_800_000_000.0


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> FolderArtifacts:
    """Return the artifacts of a run that has none yet."""
    return FolderArtifacts(str(tmp_path / "artifacts"), "100", workflow="ci.yml", clock=Clock())


def files(folder: Path, **contents: str) -> list[SourceFile]:
    folder.mkdir(parents=True, exist_ok=True)
    result = []
    for name, content in contents.items():
        path = name.replace("__", "/")
        origin = folder / name
        origin.write_text(content)
        result.append(SourceFile(str(origin), path))
    return result


def keep(store: FolderArtifacts, folder: Path, name: str = "dist", *, overwrite: bool = False, **more: str) -> Artifact:
    store.reserve(name, overwrite=overwrite)
    return store.keep_files(Draft(name, "build"), files(folder, **(more or {"a": "one", "sub__b": "two"})))


def zipped(path: Path, **members: str) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def content(store: FolderArtifacts, artifact: Artifact) -> bytes:
    return b"".join(store.archive(artifact))


# Keeping


def test_an_artifact_is_a_folder_that_a_person_can_open(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    folder = Path(store.location(artifact))
    assert folder == tmp_path / "artifacts/100/dist"
    assert (folder / "a").read_text() == "one"
    assert (folder / "sub/b").read_text() == "two"
    assert (artifact.files, artifact.size, artifact.job, artifact.created) == (2, 6, "build", NOW)
    assert artifact.expires == NOW + 90 * DAY


def test_its_size_and_digest_are_those_of_the_zip_that_is_downloaded(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    data = content(store, artifact)
    assert (artifact.archive_size, artifact.digest) == (len(data), hashlib.sha256(data).hexdigest())
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["a", "sub/b"]


def test_links_are_kept_as_the_files_that_they_lead_to_and_no_mode_is_kept(
    store: FolderArtifacts, tmp_path: Path
) -> None:
    (source,) = files(tmp_path, a="one")
    os.chmod(source.origin, 0o777)
    os.symlink(source.origin, tmp_path / "link")
    store.reserve("dist")
    artifact = store.keep_files(Draft("dist", "job"), [source, SourceFile(str(tmp_path / "link"), "link")])
    for name in ("a", "link"):
        kept = Path(store.location(artifact), name)
        assert not kept.is_symlink()
        assert kept.read_text() == "one"
        assert kept.stat().st_mode & 0o111 == 0


def test_a_single_file_can_be_kept_as_it_is(store: FolderArtifacts, tmp_path: Path) -> None:
    store.reserve("report.txt")
    (source,) = files(tmp_path, a="text")
    artifact = store.keep_files(
        Draft("report.txt", "job", mime="text/plain"), [SourceFile(source.origin, "report.txt")]
    )
    assert content(store, artifact) == b"text"
    assert artifact.digest == hashlib.sha256(b"text").hexdigest()


def test_what_changes_in_the_workspace_later_does_not_change_the_artifact(
    store: FolderArtifacts, tmp_path: Path
) -> None:
    artifact = keep(store, tmp_path / "from")
    (tmp_path / "from/a").write_text("changed")
    store.copy(artifact, str(tmp_path / "to"))
    assert (tmp_path / "to/a").read_text() == "one"


@pytest.mark.parametrize("path", ["../evil", "/evil", "a/../../evil"])
def test_a_file_that_would_lead_out_of_the_artifact_is_refused(
    store: FolderArtifacts, tmp_path: Path, path: str
) -> None:
    (source,) = files(tmp_path / "from", a="x")
    store.reserve("dist")
    with pytest.raises(UnsafePathError, match="leads out"):
        store.keep_files(Draft("dist", "job"), [SourceFile(source.origin, path)])
    assert not list(tmp_path.rglob("*evil*"))
    store.reserve("dist")


def test_a_file_whose_name_is_not_portable_is_refused(store: FolderArtifacts, tmp_path: Path) -> None:
    (source,) = files(tmp_path / "from", a="x")
    store.reserve("dist")
    with pytest.raises(InvalidRequestError, match="colon"):
        store.keep_files(Draft("dist", "job"), [SourceFile(source.origin, "a:b")])


def test_a_file_that_cannot_be_read_is_told_and_nothing_is_left(store: FolderArtifacts, tmp_path: Path) -> None:
    store.reserve("dist")
    with pytest.raises(ResultsError, match="could not be kept: No such file"):
        store.keep_files(Draft("dist", "job"), [SourceFile(str(tmp_path / "gone"), "gone")])
    assert store.artifacts() == []
    assert [path.name for path in (tmp_path / "artifacts").iterdir()] == ["100"]
    keep(store, tmp_path / "from")


# Names


def test_a_name_is_taken_once(store: FolderArtifacts, tmp_path: Path) -> None:
    keep(store, tmp_path / "from")
    with pytest.raises(AlreadyExistsError, match=r"already exists.*dist.*overwrite"):
        store.reserve("dist")


def test_a_name_is_taken_from_when_it_is_reserved_until_it_is_released(store: FolderArtifacts) -> None:
    store.reserve("dist")
    with pytest.raises(AlreadyExistsError):
        store.reserve("dist")
    store.release("dist")
    store.reserve("dist")


def test_overwriting_replaces_files_and_id(store: FolderArtifacts, tmp_path: Path) -> None:
    first = keep(store, tmp_path / "1", old="1")
    second = keep(store, tmp_path / "2", overwrite=True, new="2")
    assert second.id > first.id
    assert store.artifacts() == [second]
    assert os.listdir(store.location(second)) == ["new"]


def test_of_many_that_want_a_name_at_a_time_one_gets_it(store: FolderArtifacts, tmp_path: Path) -> None:
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            keep(store, tmp_path / str(number))
            outcomes.append("kept")
        except AlreadyExistsError:
            outcomes.append("refused")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept"] + ["refused"] * 7


def test_many_names_at_a_time_are_all_kept_and_found_by_another_process(tmp_path: Path) -> None:
    root = str(tmp_path / "artifacts")
    store = FolderArtifacts(root, "100")
    threads = [
        threading.Thread(target=keep, args=(store, tmp_path / str(number), f"dist-{number}")) for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = known_run(root, "100")
    assert again is not None
    assert [artifact.name for artifact in again.artifacts()] == [artifact.name for artifact in store.artifacts()]
    assert len({artifact.id for artifact in again.artifacts()}) == 16


# What clients upload


def test_an_uploaded_zip_is_unpacked_for_people_and_downloaded_as_it_came(
    store: FolderArtifacts, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "upload", **{"a": "one", "sub/b": "two"})
    data = Path(path).read_bytes()
    store.reserve("dist")
    artifact = store.keep_archive(Draft("dist", "job"), path, hashlib.sha256(data).hexdigest())
    assert Path(store.location(artifact), "sub/b").read_text() == "two"
    assert content(store, artifact) == data
    assert (artifact.files, artifact.size, artifact.archive_size) == (2, 6, len(data))
    store.delete("dist")
    assert not list((tmp_path / "artifacts").rglob("*.zip"))


@pytest.mark.parametrize("member", ["../evil", "/evil"])
def test_an_uploaded_zip_that_would_do_harm_is_refused_and_nothing_of_it_is_left(
    store: FolderArtifacts, tmp_path: Path, member: str
) -> None:
    path = zipped(tmp_path / "upload", **{"fine": "", member: "evil"})
    store.reserve("dist")
    with pytest.raises(InvalidArchiveError, match="lead out"):
        store.keep_archive(Draft("dist", "job"), path)
    assert store.artifacts() == []
    assert os.listdir(tmp_path / "artifacts/100") == []
    assert not list(tmp_path.rglob("evil"))


def test_an_upload_with_another_digest_than_was_said_is_refused(store: FolderArtifacts, tmp_path: Path) -> None:
    store.reserve("dist")
    with pytest.raises(InvalidArchiveError, match="digest"):
        store.keep_archive(Draft("dist", "job"), zipped(tmp_path / "upload", a="one"), "0" * 64)
    store.reserve("dist")


def test_an_uploaded_file_that_is_no_zip_is_kept_as_it_is(store: FolderArtifacts, tmp_path: Path) -> None:
    (tmp_path / "upload").write_text("text")
    store.reserve("x.txt")
    artifact = store.keep_archive(Draft("x.txt", "job", mime="text/plain"), str(tmp_path / "upload"))
    assert content(store, artifact) == b"text"
    assert Path(store.location(artifact), "x.txt").read_text() == "text"


def test_an_empty_zip_is_an_artifact_without_files(store: FolderArtifacts, tmp_path: Path) -> None:
    store.reserve("empty")
    artifact = store.keep_archive(Draft("empty", "job"), zipped(tmp_path / "upload"))
    assert (artifact.files, artifact.size) == (0, 0)
    store.copy(artifact, str(tmp_path / "to"))
    assert os.listdir(tmp_path / "to") == []


# Finding, reading, deleting


def test_artifacts_are_found_by_name_and_listed_by_age(store: FolderArtifacts, tmp_path: Path) -> None:
    kept = [keep(store, tmp_path / name, name) for name in ("z", "a", "m")]
    assert store.artifacts() == kept
    assert store.find("a") == kept[1]
    assert store.find("b") is None


def test_what_has_expired_is_not_there_any_more(tmp_path: Path) -> None:
    clock = Clock()
    store = FolderArtifacts(str(tmp_path / "artifacts"), "100", clock=clock)
    store.reserve("short")
    store.keep_files(Draft("short", "job", retention=DAY), files(tmp_path / "from", a=""))
    clock.now += DAY - 1
    assert store.find("short") is not None
    clock.now += 2
    assert store.artifacts() == []


def test_deleting_removes_the_files_and_frees_the_name(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    assert store.delete("dist") == artifact
    assert store.delete("dist") is None
    assert not Path(store.location(artifact)).exists()
    keep(store, tmp_path / "from")


def test_copies_write_over_files_but_never_through_links_that_lead_out(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    outside, target = tmp_path / "outside", tmp_path / "to"
    outside.mkdir()
    (outside / "victim").write_text("mine")
    target.mkdir()
    (target / "a").symlink_to(outside / "victim")
    (target / "sub").symlink_to(outside)
    store.copy(artifact, str(target))
    assert (outside / "victim").read_text() == "mine"
    assert not (outside / "b").exists()
    assert (target / "sub/b").read_text() == "two"


def test_where_nothing_can_be_written_the_error_says_where(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="could not be written"):
        store.copy(artifact, str(tmp_path / "file/below"))


def test_files_that_somebody_removed_are_told_as_gone(store: FolderArtifacts, tmp_path: Path) -> None:
    artifact = keep(store, tmp_path / "from")
    Path(store.location(artifact), "a").unlink()
    Path(store.location(artifact), "sub/b").unlink()
    Path(store.location(artifact), "sub").rmdir()
    Path(store.location(artifact)).rmdir()
    with pytest.raises(NotFoundError, match="is gone"):
        store.copy(artifact, str(tmp_path / "to"))
    with pytest.raises(NotFoundError, match="is gone"):
        content(store, artifact)


# Runs


def test_a_run_that_repeats_another_in_part_finds_what_that_kept_until_it_makes_it_anew(tmp_path: Path) -> None:
    root = str(tmp_path / "artifacts")
    first = FolderArtifacts(root, "100", workflow="ci.yml")
    old = keep(first, tmp_path / "1", "both", a="old")
    keep(first, tmp_path / "1", "first", a="first")
    second = FolderArtifacts(root, "200", workflow="ci.yml", earlier=last_run_of(root, "ci.yml"))
    assert [artifact.name for artifact in second.artifacts()] == ["both", "first"]
    assert Path(second.location(old), "a").read_text() == "old"
    new = keep(second, tmp_path / "2", "both", a="new")
    assert second.find("both") == new
    third = FolderArtifacts(root, "300", workflow="ci.yml", earlier=last_run_of(root, "ci.yml"))
    assert [artifact.name for artifact in third.artifacts()] == ["first", "both"]
    third.copy(new, str(tmp_path / "to"))
    assert (tmp_path / "to/a").read_text() == "new"
    assert third.delete("first") is not None
    assert [artifact.name for artifact in third.artifacts()] == ["both"]


def test_the_last_run_is_sought_by_workflow(tmp_path: Path) -> None:
    root = str(tmp_path / "artifacts")
    assert last_run_of(root, "ci.yml") is None
    for run, workflow in (("100", "ci.yml"), ("200", "ci.yml"), ("300", "other.yml")):
        keep(FolderArtifacts(root, run, workflow=workflow), tmp_path / run)
    found = last_run_of(root, "ci.yml")
    assert found is not None
    assert found.run == "200"


@pytest.mark.parametrize("run", ["../100", "", "abc", "999", "100/..", "٣"])
def test_a_run_that_is_not_kept_is_not_known(tmp_path: Path, run: str) -> None:
    keep(FolderArtifacts(str(tmp_path / "artifacts"), "100"), tmp_path / "from")
    assert known_run(str(tmp_path / "artifacts"), run) is None


def test_a_process_that_dies_while_it_keeps_something_leaves_no_half_artifact(tmp_path: Path) -> None:
    """The process is killed after its files were copied, before the artifact has its name."""
    (tmp_path / "big").write_bytes(bytes(1000))
    script = f"""
import os, signal
from headway.integration.results.artifacts import FolderArtifacts
from headway.integration.results.records import Draft, SourceFile

class Dying(FolderArtifacts):
    def _commit(self, artifact, partial, archive=""):
        os.kill(os.getpid(), signal.SIGKILL)

store = Dying({str(tmp_path / "artifacts")!r}, "100")
store.reserve("dist")
store.keep_files(Draft("dist", "job"), [SourceFile({str(tmp_path / "big")!r}, "big")])
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    root = tmp_path / "artifacts"
    assert list(root.glob(".*.partial"))
    assert known_run(str(root), "100") is None
    later = FolderArtifacts(str(root), "200")
    keep(later, tmp_path / "from")
    assert not list(root.glob(".*.partial"))
