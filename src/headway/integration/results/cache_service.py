"""``github.actions.results.api.v1.CacheService`` over a store of caches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.results.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.results.backend import Call
    from headway.integration.results.messages import Message

ARCHIVE = "archive"
"""The name of what a client has uploaded, in the folder of a cache."""


def create(call: Call, request: Message) -> dict[str, object]:
    """CreateCacheEntry: claim a key, and say where to upload to."""
    key, version = request.needed("key"), request.needed("version")
    caches = call.stores.caches
    caches.reserve(key, version)
    subject = ("cache", call.grant.run, version, key)
    upload = call.begin_upload(subject, lambda: caches.release(key, version))
    return {"ok": True, "signed_upload_url": call.upload_address(upload)}


def finalize(call: Call, request: Message) -> dict[str, object]:
    """FinalizeCacheEntryUpload: keep what was uploaded."""
    key, version = request.needed("key"), request.needed("version")
    with call.finished_upload(("cache", call.grant.run, version, key), request.number("size_bytes")) as upload:
        content = upload.content
        entry = call.stores.caches.keep(key, version, lambda folder: os.rename(content, os.path.join(folder, ARCHIVE)))
    return {"ok": True, "entry_id": str(entry.id)}


def download_url(call: Call, request: Message) -> dict[str, object]:
    """GetCacheEntryDownloadURL: say where to download from; ``ok`` is false when no key leads to anything."""
    keys = [request.needed("key"), *request.texts("restore_keys")]
    caches = call.stores.caches
    entry = caches.find(keys, request.needed("version"))
    if entry is None:
        return {"ok": False}
    try:
        with caches.content(entry) as folder:
            there = os.path.isfile(os.path.join(folder, ARCHIVE))
    except NotFoundError:
        there = False
    if not there:
        return {"ok": False}
    return {"ok": True, "signed_download_url": call.download("caches", entry.id), "matched_key": entry.key}


METHODS: dict[str, Callable[[Call, Message], dict[str, object]]] = {
    "CreateCacheEntry": create,
    "FinalizeCacheEntryUpload": finalize,
    "GetCacheEntryDownloadURL": download_url,
}
