"""What nobody should send: the service says no, keeps nothing, and goes on."""

from __future__ import annotations

import base64
import http.client
import io
import json
import socket
import threading
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.integration.results import bodies
from headway.integration.results.api import create_app
from headway.integration.results.backend import Backend
from headway.integration.results.serving import ResultsServer
from headway.integration.results.tokens import Grant, Signer
from headway.integration.results.uploads import UploadLimits, Uploads
from tests.integration.results.service import IDS, JOB, PACKAGE, RUN, Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = [
    ("ArtifactService", "CreateArtifact"),
    ("ArtifactService", "FinalizeArtifact"),
    ("ArtifactService", "ListArtifacts"),
    ("ArtifactService", "GetSignedArtifactURL"),
    ("ArtifactService", "DeleteArtifact"),
    ("CacheService", "CreateCacheEntry"),
    ("CacheService", "FinalizeCacheEntryUpload"),
    ("CacheService", "GetCacheEntryDownloadURL"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service for attacks that change nothing."""
    with serving(tmp_path_factory.mktemp("attacked")) as running:
        yield running
        assert running.artifact("ListArtifacts").json == {"artifacts": []}
        assert running.cache("GetCacheEntryDownloadURL", key="k", version="v").json == {"ok": False}


def upload_address(service: Service, key: str = "k") -> str:
    address: str = service.cache("CreateCacheEntry", key=key, version="v").json["signed_upload_url"]
    return address


# Who asks


def foreign_tokens(service: Service) -> dict[str, str]:
    body, _, signature = service.token.rpartition(".")
    header, _, claims = body.partition(".")
    known = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(known | {"scp": f"Actions.Results:{RUN}:other"}).encode()).decode()
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return {
        "of another service": Signer(b"other").token(Grant(RUN, JOB)),
        "with other claims": f"{header}.{forged.rstrip('=')}.{signature}",
        "without an algorithm": f"{unsigned}.{claims}.",
        "without a signature": f"{body}.",
        "cut off": service.token[:-1],
        "empty": "",
        "very long": "x" * 9000,
        "not a token": "../../etc/passwd",
        "not even text": "\xff\xfe",
    }


@pytest.mark.parametrize(("room", "method"), METHODS)
def test_a_token_that_this_service_did_not_make_is_refused(shared: Service, room: str, method: str) -> None:
    for kind, token in foreign_tokens(shared).items():
        answer = shared.twirp(method, json.dumps(IDS), room, Authorization=f"Bearer {token}")
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), kind


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer ", "token abc", "bearer\tabc"])
def test_a_request_without_a_token_is_refused(shared: Service, header: str) -> None:
    assert shared.twirp("ListArtifacts", json.dumps(IDS), Authorization=header).status == 401


def test_a_token_of_this_service_for_another_run_is_refused(tmp_path: Path) -> None:
    signer = Signer(b"key")
    backend = Backend(signer, Uploads(str(tmp_path)), lambda _: None, lambda *_: None)
    server = ResultsServer(backend)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {signer.token(Grant('1', 'job'))}", "Content-Type": "application/json"}
        connection.request("POST", f"/twirp/{PACKAGE}.ArtifactService/ListArtifacts", "{}", headers)
        assert connection.getresponse().status == 401
    finally:
        connection.close()
        server.close()


@pytest.mark.parametrize(("room", "method"), METHODS[:5])
def test_ids_of_another_run_than_the_tokens_are_refused(shared: Service, room: str, method: str) -> None:
    for run in ("1", RUN + "0", RUN[:-1], "../" + RUN, RUN + "%00"):
        body = IDS | {"workflow_run_backend_id": run, "name": "dist", "version": 7}
        assert shared.twirp(method, json.dumps(body), room).status == 401


@pytest.mark.parametrize("method", ["CreateArtifact", "FinalizeArtifact"])
def test_a_job_cannot_create_in_the_name_of_another(shared: Service, method: str) -> None:
    assert shared.artifact(method, workflow_job_run_backend_id="other", name="dist", version=7).status == 401


# Addresses


def test_an_address_is_good_for_one_blob_one_way_and_unchanged(service: Service) -> None:
    service.keep_cache("mine", b"mine")
    service.keep_cache("yours", b"yours")
    upload = upload_address(service)
    first, second = (
        service.cache("GetCacheEntryDownloadURL", key=key, version="v").json["signed_download_url"]
        for key in ("mine", "yours")
    )
    path, _, query = first.partition("?")
    other = second.partition("?")[0]
    changed = {
        "of another blob": f"{other}?{query}",
        "of another kind": f"{path.replace('caches', 'artifacts')}?{query}",
        "of another run": f"{path.replace(RUN, '1')}?{query}",
        "that lasts longer": first.replace("se=1", "se=9"),
        "to write": first.replace("sp=r", "sp=w"),
        "without a signature": path,
        "with another signature": first.replace("sig=", "sig=A"),
        "with two": f"{first}&sig=AAAA",
        "of an upload": f"{path}?{upload.partition('?')[2]}",
        "spelled differently": first.replace("caches", "%63aches"),
        "with more in its path": f"{path}/../{path.rpartition('/')[2]}?{query}",
        "of something else in the folder": f"{path}/../../../entry.json?{query}",
    }
    for kind, address in changed.items():
        assert service.send("GET", address).status in (401, 404), kind
    assert service.send("GET", first).body == b"mine"
    assert service.send("PUT", first, b"evil", x_ms_blob_type="BlockBlob").status in (401, 404, 405)
    assert service.send("GET", upload).status in (401, 404, 405)
    assert service.send("PUT", upload.replace("sp=w", "sp=r"), b"evil", x_ms_blob_type="BlockBlob").status == 401


def test_an_address_that_has_expired_is_refused(tmp_path: Path) -> None:
    now = [time.time()]
    signer = Signer(b"key", lambda: now[0])
    uploads = Uploads(str(tmp_path))
    upload = uploads.begin(("cache", "k"), lambda: None)
    server = ResultsServer(Backend(signer, uploads, lambda _: None, lambda *_: None))
    path = signer.address(f"/blobs/{RUN}/uploads/{upload.id}", "w", seconds=10)
    try:
        for passed, status in ((9, 201), (2, 401)):
            now[0] += passed
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("PUT", path, b"x", {"x-ms-blob-type": "BlockBlob"})
            assert connection.getresponse().status == status
            connection.close()
    finally:
        server.close()


# What is asked


@pytest.mark.parametrize("name", ["../evil", "..", ".", "a/b", "/etc", "a\\b", "a:b", "a\0b", "n" * 300, "", "\n"])
def test_a_name_that_leads_out_of_its_folder_is_refused(shared: Service, name: str) -> None:
    answer = shared.artifact("CreateArtifact", name=name, version=7)
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    assert not list(shared.folder.rglob("*evil*"))


@pytest.mark.parametrize("member", ["../../evil", "/tmp/evil-of-headway", "a/../../../evil"])
def test_an_uploaded_zip_that_leads_out_is_refused(service: Service, member: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "evil")
    answer = service.keep_artifact("dist", buffer.getvalue())
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    assert "lead out" in answer.json["msg"]
    assert not list(service.folder.rglob("*evil*"))
    assert service.artifact("ListArtifacts").json == {"artifacts": []}


def test_an_uploaded_zip_with_a_link_is_refused(service: Service) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr("link/passwd", "evil")
    assert service.keep_artifact("dist", buffer.getvalue()).status == 400


def test_an_uploaded_zip_of_folders_in_folders_without_end_is_refused(service: Service) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/" * 30_000 + "x", "deep")
    assert service.keep_artifact("dist", buffer.getvalue()).status == 400
    assert service.artifact("ListArtifacts").json == {"artifacts": []}


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\5\6", bytes(100)])
def test_an_uploaded_zip_that_is_none_is_refused(service: Service, content: bytes) -> None:
    assert service.keep_artifact("dist", content).status == 400


@pytest.mark.parametrize(("room", "method"), METHODS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b'{"name": ' * 20_000,
        json.dumps(IDS | {"name": 1, "key": 1, "version": []}).encode(),
        json.dumps(IDS | {"name": {"value": "x"}, "key": ["k"], "version": "v"}).encode(),
        json.dumps(IDS | {"name": "\ud800", "key": "\ud800", "version": "v", "name_filter": "\ud800"}).encode(),
        json.dumps(IDS | {"key": "k", "version": {}, "restore_keys": "k", "id_filter": "x" * 5000}).encode(),
        json.dumps({"workflow_run_backend_id": None, "key": "", "version": ""}).encode(),
    ],
)
def test_a_malformed_message_is_refused(shared: Service, room: str, method: str, body: bytes) -> None:
    answer = shared.twirp(method, body, room)
    assert answer.status in (400, 404) or (method, answer.status) == ("ListArtifacts", 200)
    assert answer.status == 200 or answer.json["msg"]
    assert b"Traceback" not in answer.body


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "key",
    "version",
    "size",
    "size_bytes",
    "hash",
    "mime_type",
    "expires_at",
    "restore_keys",
    "name_filter",
    "id_filter",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(METHODS), st.dictionaries(st.sampled_from(FIELDS), json_values), st.booleans())
def test_no_message_is_answered_with_a_fault_of_the_service(
    sink: Service, method: tuple[str, str], fields: dict[str, Any], ours: bool
) -> None:
    answer = sink.twirp(method[1], json.dumps((IDS if ours else {}) | fields), method[0])
    assert answer.status < 500, answer


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Return a service that takes whatever comes."""
    with serving(tmp_path_factory.mktemp("sink")) as running:
        yield running


@pytest.mark.parametrize("hash_", ["sha256:" + "0" * 64, "md5:abc", "sha256:../..", "0" * 64])
def test_a_digest_that_does_not_fit_is_refused(service: Service, hash_: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "one")
    assert service.keep_artifact("dist", buffer.getvalue(), hash=hash_).status == 400


@pytest.mark.parametrize("moment", ["yesterday", "2020-13-01T00:00:00Z", "x" * 1000, "9999-12-31T23:59:59-23:59", "1"])
def test_an_end_that_is_no_time_is_refused_or_understood(service: Service, moment: str) -> None:
    assert service.artifact("CreateArtifact", name="n", version=7, expires_at=moment).status in (200, 400)


@pytest.mark.parametrize("mime", ["zip", "a/b\r\nX: y", "a/b;c", "☃/☃", "a/" + "b" * 200, "/", " "])
def test_a_type_that_is_none_is_refused(shared: Service, mime: str) -> None:
    assert shared.artifact("CreateArtifact", name="n", version=7, mime_type=mime).status == 400


# How it is asked


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "BREW"])
def test_messages_are_posted_and_nothing_else(shared: Service, method: str) -> None:
    path = f"/twirp/{PACKAGE}.ArtifactService/ListArtifacts"
    answer = shared.send(method, path, json.dumps(IDS), Authorization=f"Bearer {shared.token}")
    assert answer.status in (404, 405)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/protobuf", "application/jsonx", "application/xml"])
def test_messages_are_json_and_nothing_else(shared: Service, kind: str) -> None:
    assert shared.twirp("ListArtifacts", json.dumps(IDS), Content_Type=kind).status == 415


def test_a_content_type_may_have_parameters(shared: Service) -> None:
    answer = shared.twirp("ListArtifacts", json.dumps(IDS), Content_Type="Application/JSON; charset=utf-8")
    assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/twirp",
        "/twirp/x/y",
        f"/twirp/{PACKAGE}.ArtifactService/Nothing",
        f"/twirp/{PACKAGE}.ArtifactService/create",
        f"/twirp/{PACKAGE}.CacheService/CreateArtifact",
        f"/twirp/{PACKAGE}.ArtifactService/__class__",
        "/twirp/../../etc/passwd",
        "/blobs",
        "/blobs/1/uploads/../../etc",
        f"/blobs/1/artifacts/{'9' * 5000}",
        "/blobs/%00/artifacts/%00",
        "/" + "x" * 20_000,
        "/%ff%fe",
    ],
)
def test_what_is_not_there_is_not_found(shared: Service, path: str) -> None:
    for method in ("POST", "GET", "PUT"):
        answer = shared.send(
            method, path, b"{}", Authorization=f"Bearer {shared.token}", Content_Type="application/json"
        )
        assert answer.status in (401, 404, 405), (method, answer.status)
        assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("", {"x_ms_blob_type": "PageBlob"}),
        ("", {"x_ms_blob_type": "AppendBlob"}),
        ("&comp=page", {"x_ms_blob_type": "BlockBlob"}),
        ("&comp=block", {}),
        ("&comp=block&blockid=", {}),
        (f"&comp=block&blockid={'x' * 200}", {}),
        ("&comp=blocklist", {}),
        ("&comp=metadata", {}),
        ("&comp=lease", {}),
    ],
)
def test_an_upload_of_another_kind_is_refused(service: Service, query: str, headers: dict[str, str]) -> None:
    answer = service.send("PUT", upload_address(service) + query, b"x", **headers)
    assert answer.status == 400
    assert answer.headers["x-ms-error-code"] == "InvalidInput"
    assert answer.body.startswith(b"<?xml")


# How much


def test_a_message_that_is_too_large_is_refused(shared: Service) -> None:
    assert shared.twirp("ListArtifacts", b" " * (1 << 20) + b"{}").status == 413


def test_a_size_that_is_announced_is_refused_before_it_is_sent(service: Service) -> None:
    parts = upload_address(service).partition(f":{service.port}")[2]
    with socket.create_connection(("127.0.0.1", service.port or 0), timeout=30) as connection:
        connection.sendall(
            f"PUT {parts} HTTP/1.1\r\nHost: x\r\nContent-Length: {1 << 50}\r\nx-ms-blob-type: BlockBlob\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10", "9" * 40, "1, 2", "+1"])
def test_a_length_that_is_none_is_refused(shared: Service, length: str) -> None:
    with socket.create_connection(("127.0.0.1", shared.port or 0), timeout=30) as connection:
        connection.sendall(
            f"POST /twirp/{PACKAGE}.ArtifactService/ListArtifacts HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
            f"Content-Type: application/json\r\nAuthorization: Bearer {shared.token}\r\n\r\n{{}}".encode()
        )
        assert connection.recv(100).split(b" ")[1] in (b"400", b"413")


@pytest.mark.parametrize("name", ["", "x" * 300, "a b", "a/b", "a@b", "[", "\u00e9"])
def test_a_host_that_is_none_is_refused_or_never_repeated(shared: Service, name: str) -> None:
    body = json.dumps({"key": "host", "version": "v"})
    answer = shared.twirp("CreateCacheEntry", body, "CacheService", Host=name)
    assert answer.status in (400, 409) or name == "["
    if name == "[":
        assert answer.status == 200


def test_headers_without_end_are_refused(shared: Service) -> None:
    with socket.create_connection(("127.0.0.1", shared.port or 0), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_what_is_no_http_is_refused(shared: Service) -> None:
    with socket.create_connection(("127.0.0.1", shared.port or 0), timeout=30) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def limited_server(folder: Path, limits: UploadLimits) -> tuple[ResultsServer, Uploads, Signer]:
    signer, uploads = Signer(b"key"), Uploads(str(folder), limits)
    return ResultsServer(Backend(signer, uploads, lambda _: None, lambda *_: None)), uploads, signer


def test_an_upload_that_never_ends_is_broken_off_at_the_limit(tmp_path: Path) -> None:
    server, uploads, signer = limited_server(tmp_path / "uploads", UploadLimits(upload=1 << 20, block=1 << 20))
    upload = uploads.begin(("cache", "k"), lambda: None)
    path = signer.address(f"/blobs/{RUN}/uploads/{upload.id}", "w")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        pieces = (b"x" * 65_536 for _ in range(10_000))
        status = 413
        try:
            connection.request("PUT", path, pieces, {"x-ms-blob-type": "BlockBlob"}, encode_chunked=True)
            status = connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):  # the answer came before everything was sent
            pass
        assert status == 413
        connection.close()
        assert [path for path in (tmp_path / "uploads").rglob("*") if path.is_file()] == []
        assert upload.pending == 0
    finally:
        server.close()


def test_blocks_together_may_be_no_larger_than_an_upload(tmp_path: Path) -> None:
    server, uploads, signer = limited_server(tmp_path / "uploads", UploadLimits(upload=100, block=60, blocks=3))
    upload = uploads.begin(("cache", "k"), lambda: None)
    path = signer.address(f"/blobs/{RUN}/uploads/{upload.id}", "w")

    def put(name: str, size: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("PUT", f"{path}&comp=block&blockid={name}", b"x" * size)
        status = connection.getresponse().status
        connection.close()
        return status

    try:
        sizes = [
            ("a", 60, 201),
            ("a", 40, 201),
            ("b", 60, 201),
            ("c", 1, 413),
            ("b", 61, 413),
            ("c", 0, 201),
            ("d", 0, 413),
        ]
        for name, size, status in sizes:
            assert put(name, size) == status, (name, size)
    finally:
        server.close()


def test_a_client_that_stops_in_the_middle_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "QUIET_SECONDS", 0.1)
    with serving(tmp_path) as service:
        parts = upload_address(service).partition(f":{service.port}")[2]
        with socket.create_connection(("127.0.0.1", service.port or 0), timeout=30) as connection:
            connection.sendall(
                f"PUT {parts} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nx-ms-blob-type: BlockBlob\r\n\r\nhalf".encode()
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 408")
        assert not list((tmp_path / "cache/uploads").rglob("*.part"))


def test_a_client_that_goes_away_leaves_nothing(service: Service) -> None:
    address = upload_address(service)
    parts = address.partition(f":{service.port}")[2]
    with socket.create_connection(("127.0.0.1", service.port or 0), timeout=30) as connection:
        connection.sendall(
            f"PUT {parts} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nx-ms-blob-type: BlockBlob\r\n\r\nhalf".encode()
        )
    assert service.upload(address, b"whole").status == 201
    assert service.cache("FinalizeCacheEntryUpload", key="k", version="v", size_bytes="5").status == 200


def test_many_at_a_time_are_served(service: Service) -> None:
    statuses: list[int] = []

    def work(number: int) -> None:
        statuses.append(service.keep_cache(f"k-{number}", b"x" * 100_000).status)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 16


def test_the_application_is_made_without_a_server(tmp_path: Path) -> None:
    """Creating it starts nothing: a server with many runs will mount it."""
    assert callable(create_app(Backend(Signer(b"k"), Uploads(str(tmp_path)), lambda _: None, lambda *_: None)))
