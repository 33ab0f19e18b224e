"""Blobs on S3 or what speaks like it: ``s3://bucket/prefix?endpoint=http://…&region=…``.

Credentials come from the environment, as AWS's own tools find them (``AWS_ACCESS_KEY_ID``, a role, a web identity …).
An object appears when it is complete; parts of an upload that was broken off are removed by a rule of the bucket
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as ObjectStore

from headway.kernel.blobs.errors import BlobStoreError
from headway.kernel.blobs.records import Blob, Stored, checked_digest, is_digest, missing
from headway.kernel.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import ClientConfig, RetryConfig, S3Config

_PART = 8 * 1024 * 1024
_PARTS_AT_ONCE = 3
_READ = 1024 * 1024
RETRIES: RetryConfig = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
_LIKE_AWS = "s3://bucket/prefix?endpoint=https://…&region=…"


class S3Store:
    """A prefix in a bucket."""

    def __init__(self, address: str, incoming: Path) -> None:
        self.incoming = incoming
        self._store = _object_store(address)

    def take(self, path: Path, blob: Blob) -> None:
        """Send a file, in parts when it is long; several at once, so that memory stays bounded."""
        if self.size(blob.digest) == blob.size:
            return
        parts = blob.size > _PART
        try:
            with _told():
                obstore.put(
                    self._store,
                    _key(blob.digest),
                    path,
                    use_multipart=parts,
                    chunk_size=_PART,
                    max_concurrency=_PARTS_AT_ONCE,
                )
        except FileNotFoundError as error:
            raise BlobStoreError("the bucket for blobs does not exist; make it, or name another one") from error

    def read(self, digest: str, first: int, end: int | None) -> Iterator[bytes]:
        """Return the bytes from ``first`` to before ``end``."""
        size = self.size(digest)
        if size is None:
            raise missing(digest)
        last = size if end is None else min(end, size)
        return self._chunks(digest, first, last) if first < last else iter(())

    def _chunks(self, digest: str, first: int, end: int) -> Iterator[bytes]:
        try:
            with _told():
                answer = obstore.get(self._store, _key(digest), options={"range": (first, end)})
                for chunk in answer.stream(min_chunk_size=_READ):
                    yield bytes(chunk)
        except FileNotFoundError:
            raise missing(digest) from None

    def size(self, digest: str) -> int | None:
        """Return how long a blob is, ``None`` when there is none."""
        try:
            with _told():
                return obstore.head(self._store, _key(digest))["size"]
        except FileNotFoundError:
            return None

    def delete(self, digest: str) -> None:
        """Delete a blob."""
        try:
            with _told():
                obstore.delete(self._store, _key(digest))
        except FileNotFoundError:
            return

    def listed(self) -> Iterator[Stored]:
        """Yield everything that is there, a thousand at a time."""
        with _told():
            for page in obstore.list(self._store, chunk_size=1000):
                for each in page:
                    name = each["path"].rpartition("/")[2]
                    if is_digest(name):
                        yield Stored(name, each["last_modified"])


def _key(digest: str) -> str:
    checked_digest(digest)
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _object_store(address: str) -> ObjectStore:
    parts = urlsplit(address)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = sorted(set(options) - {"endpoint", "region"})
    if parts.scheme != "s3" or not parts.netloc or unknown:
        raise InputError([Problem("blobs", 0, 0, f"'{address[:200]}' is no address for blobs", f"Write {_LIKE_AWS}")])
    endpoint = options.get("endpoint", "")
    config: S3Config = {
        "region": options.get("region", "us-east-1"),
        # AWS wants the bucket in the host's name; what else speaks S3 mostly has one name, and a path to the bucket.
        "virtual_hosted_style_request": not endpoint and "." not in parts.netloc,
    }
    if endpoint:
        config["endpoint"] = endpoint
    client: ClientConfig = {"allow_http": endpoint.startswith("http://"), "timeout": "3600s", "read_timeout": "60s"}
    prefix = parts.path.strip("/") or None
    return ObjectStore(parts.netloc, prefix=prefix, config=config, client_options=client, retry_config=RETRIES)


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors of the store into ours, all but that there is no such object."""
    try:
        yield
    except FileNotFoundError:
        raise
    except NotFoundError as error:
        raise FileNotFoundError(str(error)) from error
    except (BaseError, OSError) as error:
        said = str(error).partition("\n")[0][:300]
        raise BlobStoreError(f"the store of blobs does not answer as it should ({said})") from error
