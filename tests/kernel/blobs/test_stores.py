from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.blobs.disk import DiskStore
from headway.kernel.blobs.errors import BlobMissingError, BlobStoreError, BlobStoreFullError
from headway.kernel.blobs.records import Blob
from headway.kernel.blobs.s3 import S3Store
from headway.kernel.blobs.uploading import Upload
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.blobs.records import Store


def put(store: Store, content: bytes) -> Blob:
    with Upload(store.incoming) as upload:
        upload.write(content)
        blob = upload.finish()
        store.take(upload.path, blob)
    return blob


def test_what_is_stored_is_read_whole_and_in_ranges(store: Store) -> None:
    content = os.urandom(3_000_000)
    blob = put(store, content)
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert store.size(blob.digest) == len(content)
    assert b"".join(store.read(blob.digest, 0, None)) == content
    for first, end in [(0, 1), (10, 20), (2_999_999, None), (2_999_000, 9_000_000), (5, 5), (3_000_000, None)]:
        assert b"".join(store.read(blob.digest, first, end)) == content[first:end]
    assert [each.digest for each in store.listed()] == [blob.digest]
    assert list(store.incoming.iterdir()) == []


def test_an_empty_blob_is_a_blob(store: Store) -> None:
    blob = put(store, b"")
    assert store.size(blob.digest) == 0
    assert b"".join(store.read(blob.digest, 0, None)) == b""


def test_what_is_not_there_is_missing_before_the_first_byte(store: Store) -> None:
    assert store.size("0" * 64) is None
    with pytest.raises(BlobMissingError):
        store.read("0" * 64, 0, None)
    store.delete("0" * 64)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "..", "/" * 64])
def test_a_text_that_is_no_digest_leads_nowhere(store: Store, digest: str) -> None:
    for attempt in (store.size, store.delete, lambda text: store.read(text, 0, None)):
        with pytest.raises(BlobMissingError):
            attempt(digest)


def test_what_was_deleted_is_gone_and_can_come_again(store: Store) -> None:
    blob = put(store, b"content")
    store.delete(blob.digest)
    assert store.size(blob.digest) is None
    assert put(store, b"content") == blob
    assert store.size(blob.digest) == 7


def test_several_writers_of_the_same_content_are_fine(store: Store) -> None:
    content = os.urandom(500_000)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            put(store, content)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert b"".join(store.read(hashlib.sha256(content).hexdigest(), 0, None)) == content


def test_a_large_blob_goes_to_s3_in_parts(bucket: str, tmp_path: Path) -> None:
    store = S3Store(bucket, tmp_path)
    content = os.urandom(1_000_000) * 20
    blob = put(store, content)
    digest = hashlib.sha256()
    for chunk in store.read(blob.digest, 0, None):
        digest.update(chunk)
    assert digest.hexdigest() == blob.digest


def test_a_store_that_does_not_answer_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setattr("headway.kernel.blobs.s3.RETRIES", {"max_retries": 0})
    store = S3Store("s3://bucket?endpoint=http://127.0.0.1:9", tmp_path)
    with pytest.raises(BlobStoreError, match="does not answer"):
        put(store, b"content")


def test_a_bucket_that_does_not_exist_is_told_in_words(s3: str, bucket: str, tmp_path: Path) -> None:
    store = S3Store(f"s3://missing-bucket?endpoint={s3}", tmp_path)
    with pytest.raises(BlobStoreError, match="the bucket for blobs does not exist"):
        put(store, b"content")


@pytest.mark.parametrize("address", ["s3://", "http://bucket/x", "s3://bucket?secret=x", "bucket"])
def test_an_address_that_is_none_is_told_with_one_that_is(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="s3://bucket/prefix"):
        S3Store(address, tmp_path)


def test_a_full_disk_is_told_in_words_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # A limit on the size of files ends a write as a full disk does; in a process of its own, since it stays.
    code = f"""
        import pathlib, resource, signal
        from headway.kernel.blobs.errors import BlobStoreFullError
        from headway.kernel.blobs.uploading import Upload
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        folder = pathlib.Path({str(tmp_path)!r})
        try:
            with Upload(folder) as upload:
                for _ in range(10):
                    upload.write(b"x" * 50_000)
        except BlobStoreFullError as error:
            print(error, len(list(folder.iterdir())))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout == "the disk for blobs is full; nothing was kept, and room on it helps at once 0\n"


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("this is a file")
    with pytest.raises(BlobStoreError, match="cannot be used") as caught:
        put(DiskStore(tmp_path / "blobs"), b"content")
    assert not isinstance(caught.value, BlobStoreFullError)


def test_a_kill_in_the_middle_of_an_upload_leaves_no_blob(tmp_path: Path) -> None:
    code = f"""
        import os, pathlib, sys
        from headway.kernel.blobs.uploading import Upload
        with Upload(pathlib.Path({str(tmp_path)!r}) / "incoming") as upload:
            upload.write(b"x" * 1_000_000)
            print("half", flush=True)
            sys.stdin.read()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    store = DiskStore(tmp_path)
    assert list(store.listed()) == []
    assert len(list(store.incoming.iterdir())) == 1


@pytest.mark.parametrize("where", ["disk", "s3"])
def test_a_hundred_megabytes_pass_through_little_memory(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if where == "disk":
        make = f"from headway.kernel.blobs.disk import DiskStore; store = DiskStore(Path({str(tmp_path)!r}))"
    else:
        address = request.getfixturevalue("bucket")
        make = f"from headway.kernel.blobs.s3 import S3Store; store = S3Store({address!r}, Path({str(tmp_path)!r}))"
    code = f"""
        import os, resource
        from pathlib import Path
        from headway.kernel.blobs.uploading import Upload
        {make}
        def peak():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        with Upload(store.incoming) as small:
            small.write(b"small")
            blob = small.finish()
            store.take(small.path, blob)
            list(store.read(blob.digest, 0, None))
        before = peak()
        with Upload(store.incoming) as upload:
            for number in range(400):
                upload.write(bytes([number % 256]) * 262144)
            blob = upload.finish()
            store.take(upload.path, blob)
        size = sum(len(chunk) for chunk in store.read(blob.digest, 0, None))
        print(size, (peak() - before) // 1024)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    size, grown = map(int, done.stdout.split())
    assert size == 400 * 262144
    assert grown < (8 if where == "disk" else 64), f"{grown} MiB"
