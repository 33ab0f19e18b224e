from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from headway.kernel.blobs import Blob, Blobs, uses
from headway.kernel.blobs.backups import copy_blobs
from headway.kernel.blobs.blobs import store_for
from headway.kernel.blobs.collecting import GRACE, Collecting
from headway.kernel.blobs.disk import DiskStore
from headway.kernel.blobs.errors import BlobBusyError, BlobMissingError, DigestMismatchError
from headway.kernel.blobs.s3 import S3Store
from headway.kernel.errors import LimitError
from headway.kernel.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.database import Database
    from tests.databases import Times


@pytest.fixture
def blobs(database: Database, clock: Times, tmp_path: Path) -> Blobs:
    clock.now = datetime.now(UTC)  # files have the times of this machine
    return Blobs(database, DiskStore(tmp_path / "blobs"), clock)


def collect(database: Database, blobs: Blobs, clock: Times) -> int:
    return Collecting(database, blobs, clock).collect()


def use(database: Database, blob: Blob, kind: str = "lfs", owner: int = 1) -> None:
    database.write(lambda connection: uses.use(connection, blob.digest, kind, owner))


def end_use(database: Database, blob: Blob, clock: Times, kind: str = "lfs", owner: int = 1) -> None:
    database.write(lambda connection: uses.end_use(connection, blob.digest, kind, owner, clock()))


def test_a_blob_that_is_not_what_was_announced_is_not_kept(blobs: Blobs) -> None:
    wrong = Blob("0" * 64, 7)
    with pytest.raises(DigestMismatchError, match="announced were 7 bytes"):
        blobs.put([b"content"], expected=wrong)
    assert list(blobs.store.listed()) == []
    assert list(blobs.store.incoming.iterdir()) == []


def test_a_blob_that_is_too_long_is_not_kept(blobs: Blobs) -> None:
    with pytest.raises(LimitError, match="10 bytes"):
        blobs.put([b"content", b"content"], most=10)
    assert list(blobs.store.incoming.iterdir()) == []


def test_what_is_used_stays_and_what_nothing_uses_goes_after_the_grace(
    database: Database, blobs: Blobs, clock: Times
) -> None:
    used, unused = blobs.put([b"used"]), blobs.put([b"unused"])
    use(database, used)
    assert collect(database, blobs, clock) == 0
    clock.pass_by(days=1, seconds=1)
    assert collect(database, blobs, clock) == 1
    assert (blobs.exists(used.digest), blobs.exists(unused.digest)) == (True, False)
    end_use(database, used, clock)
    assert collect(database, blobs, clock) == 0
    clock.pass_by(days=1, seconds=1)
    assert collect(database, blobs, clock) == 1
    assert list(blobs.store.listed()) == []


def test_a_blob_stays_as_long_as_one_of_its_users(database: Database, blobs: Blobs, clock: Times) -> None:
    blob = blobs.put([b"content"])
    for owner in (1, 2):
        use(database, blob, owner=owner)
        use(database, blob, owner=owner)
    assert database.read(lambda connection: uses.uses(connection, blob.digest)) == [("lfs", 1), ("lfs", 2)]
    end_use(database, blob, clock, owner=1)
    clock.pass_by(days=2)
    assert collect(database, blobs, clock) == 0
    database.write(lambda connection: uses.end_all_uses(connection, "lfs", 2, clock()))
    clock.pass_by(days=2)
    assert collect(database, blobs, clock) == 1


def test_storing_the_same_again_begins_its_time_anew(database: Database, blobs: Blobs, clock: Times) -> None:
    blob = blobs.put([b"content"])
    clock.pass_by(hours=23)
    assert blobs.put([b"content"]) == blob
    clock.pass_by(hours=23)
    assert collect(database, blobs, clock) == 0
    use(database, blob)


def test_what_is_being_deleted_can_be_neither_used_nor_stored(
    database: Database, blobs: Blobs, clock: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = blobs.put([b"content"])
    clock.pass_by(days=2)
    database.write(lambda connection: uses.doom_unused(connection, [blob.digest], clock() - GRACE))
    with pytest.raises(BlobMissingError):
        use(database, blob)
    monkeypatch.setattr("headway.kernel.blobs.blobs._PATIENCE_SECONDS", 0.2)
    with pytest.raises(BlobBusyError, match="try again"):
        blobs.put([b"content"])


def test_an_upload_that_meets_a_deletion_waits_for_its_end(database: Database, blobs: Blobs, clock: Times) -> None:
    """A killed collector left a doomed row; the next one finishes while somebody stores the same content."""
    blob = blobs.put([b"content"])
    clock.pass_by(days=2)
    database.write(lambda connection: uses.doom_unused(connection, [blob.digest], clock() - GRACE))
    stored: list[Blob] = []
    uploading = threading.Thread(target=lambda: stored.append(blobs.put([b"content"])))
    uploading.start()
    time.sleep(0.1)
    assert stored == []
    Collecting(database, blobs, clock).delete_unused()
    uploading.join(10)
    assert stored == [blob]
    use(database, blob)
    clock.pass_by(days=2)
    collect(database, blobs, clock)
    assert b"".join(blobs.read(blob.digest)) == b"content"


def test_uploads_and_collections_at_the_same_time_lose_nothing(database: Database, blobs: Blobs, clock: Times) -> None:
    contents = [bytes([number]) * 100 for number in range(6)]
    for content in contents:
        blobs.put([content])
    ending, failures = threading.Event(), []

    def collecting() -> None:
        # No grace at all: whatever is not used at this very moment may go.
        collector = Collecting(database, blobs, lambda: clock.now + timedelta(days=5), timedelta(0))
        while not ending.is_set():
            try:
                collector.delete_unused()
            except Exception as error:
                failures.append(error)
                return

    thread = threading.Thread(target=collecting)
    thread.start()
    kept: list[Blob] = []
    for round_ in range(3):
        for content in contents:
            for _ in range(50):
                blob = blobs.put([content])
                try:
                    use(database, blob, owner=round_)
                except BlobMissingError:
                    continue  # collected between the two, which the grace time is there for: nothing was promised
                kept.append(blob)
                break
    ending.set()
    thread.join()
    assert failures == []
    assert len(kept) == 18
    assert all(b"".join(blobs.read(blob.digest)) for blob in kept)


def test_files_that_nothing_speaks_of_go_after_the_grace(database: Database, blobs: Blobs, clock: Times) -> None:
    known = blobs.put([b"known"])
    use(database, known)
    store = blobs.store
    with blobs.upload() as upload:
        upload.write(b"stray")
        stray = upload.finish()
        store.take(upload.path, stray)
    unfinished = store.incoming / "blob-unfinished"
    unfinished.write_bytes(b"half")
    young = Collecting(database, blobs, clock)
    assert young.collect() == 0
    assert unfinished.exists()
    clock.pass_by(days=2)
    assert collect(database, blobs, clock) == 1
    assert not unfinished.exists()
    assert [each.digest for each in store.listed()] == [known.digest]
    assert blobs.put([b"stray"]) == stray


def test_a_blob_whose_file_never_came_is_forgotten_and_can_be_stored(
    database: Database, blobs: Blobs, clock: Times
) -> None:
    """The process was killed between the row and the file."""
    content = os.urandom(10)
    with blobs.upload() as upload:
        upload.write(content)
        lost = upload.finish()
    assert database.write(lambda connection: uses.note(connection, lost, clock()))
    assert not blobs.exists(lost.digest)
    assert blobs.put([content]) == lost
    assert blobs.exists(lost.digest)


def test_a_backup_has_all_blobs_and_no_uploads(blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.put([b"content"])
    (blobs.store.incoming / "blob-half").write_bytes(b"half")
    copy_blobs(tmp_path / "blobs", tmp_path / "copy")
    copied = [path.name for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert copied == [blob.digest]


def test_the_settings_name_the_store(tmp_path: Path, bucket: str) -> None:
    assert isinstance(store_for(Settings(data=tmp_path)), DiskStore)
    assert isinstance(store_for(Settings(data=tmp_path, blobs=bucket)), S3Store)
