"""A results service that runs, and a client that sends it anything."""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from headway.integration.results.local import LocalResults, LocalStores, RunOf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.integration.results.records import Artifact

PACKAGE = "github.actions.results.api.v1"
RUN = "1700000000000000"
JOB = "test (1, a:b)"
IDS = {"workflow_run_backend_id": RUN, "workflow_job_run_backend_id": "test%20%281%2C%20a%3Ab%29"}


class Answer(NamedTuple):
    """An answer: status, body, headers in lower case."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Service:
    """A service with stores in a folder of its own, and the token of one job."""

    def __init__(self, folder: Path, *, run: str = RUN, ref: str = "refs/heads/main") -> None:
        self.folder = folder
        self.stores = LocalStores(
            str(folder / "cache"), RunOf(run, "/home/ada/shop", "ci.yml", (ref, "refs/heads/main"))
        )
        self.kept: list[tuple[str, Artifact]] = []
        self.results = LocalResults(self.stores, {}, lambda job, artifact: self.kept.append((job, artifact)))
        self.variables = self.results.variables(JOB)
        self.token = self.variables["ACTIONS_RUNTIME_TOKEN"]
        self.port = urlsplit(self.variables["ACTIONS_RESULTS_URL"]).port

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request; the path may be a whole address. Names of headers have ``_`` for ``-``."""
        parts = urlsplit(path)
        target = path if not parts.scheme else f"{parts.path}?{parts.query}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port or 0, timeout=30)
        try:
            connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
        finally:
            connection.close()

    def twirp(self, method: str, body: bytes | str, service: str = "ArtifactService", **headers: str) -> Answer:
        """Call a method with any body; headers win over those that a client sends."""
        sent = {"Content_Type": "application/json", "Authorization": f"Bearer {self.token}"} | headers
        return self.send("POST", f"/twirp/{PACKAGE}.{service}/{method}", body, **sent)

    def artifact(self, method: str, **fields: Any) -> Answer:
        """Call a method of the service of artifacts as this job."""
        return self.twirp(method, json.dumps(IDS | fields))

    def cache(self, method: str, **fields: Any) -> Answer:
        """Call a method of the service of caches."""
        return self.twirp(method, json.dumps(fields), "CacheService")

    def upload(self, address: str, content: bytes) -> Answer:
        """Upload something at once."""
        return self.send("PUT", address, content, x_ms_blob_type="BlockBlob")

    def keep_cache(self, key: str, content: bytes, version: str = "v") -> Answer:
        """Save a cache as a client does."""
        address = self.cache("CreateCacheEntry", key=key, version=version).json["signed_upload_url"]
        assert self.upload(address, content).status == 201
        return self.cache("FinalizeCacheEntryUpload", key=key, version=version, size_bytes=str(len(content)))

    def keep_artifact(self, name: str, content: bytes, mime: str = "application/zip", **fields: Any) -> Answer:
        """Upload an artifact as a client does."""
        created = self.artifact("CreateArtifact", name=name, version=7, mime_type=mime)
        assert created.status == 200, created
        assert self.upload(created.json["signed_upload_url"], content).status == 201
        return self.artifact("FinalizeArtifact", name=name, size=str(len(content)), **fields)


@contextmanager
def serving(folder: Path, **options: str) -> Iterator[Service]:
    """Run a service while the context lasts."""
    service = Service(folder, **options)
    try:
        yield service
    finally:
        service.results.close()
