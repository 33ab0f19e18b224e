"""What upload-artifact and its merge have in common: which files, under which root, kept how."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.native.globbing import Search
from headway.integration.native.places import Places, stores_of
from headway.integration.results.records import DAY, ZIP, Draft, SourceFile
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.native.call import NativeCall

DEFAULT_DAYS = 90
_TYPES = {
    "application/gzip": "gz",
    "application/javascript": "js mjs",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-fontobject": "eot",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.rar": "rar",
    "application/wasm": "wasm",
    "application/x-7z-compressed": "7z",
    "application/x-tar": "tar",
    "application/x-yaml": "yaml yml",
    ZIP: "zip",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "font/otf": "otf",
    "font/ttf": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/jpeg": "jpg jpeg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tiff",
    "image/webp": "webp",
    "image/x-icon": "ico",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "html htm",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/xml": "xml",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
}


class Found(NamedTuple):
    """The files that patterns select, and the folder that their paths in the artifact are relative to."""

    files: tuple[str, ...]
    root: str

    def sources(self) -> list[SourceFile]:
        """Return the files with their paths in the artifact."""
        return [SourceFile(file, os.path.relpath(file, self.root)) for file in self.files]


def find_files(patterns: str, places: Places, *, hidden: bool) -> Found:
    """Return what upload-artifact would upload for these patterns ("upload-artifact", *Upload using multiple paths*).

    The root is the search path of the only pattern, or the deepest folder above those of all patterns; a single file
    that is named has its own folder as root. Raises ``HeadwayError``.
    """
    search = Search(places.patterns(patterns), places.workspace, places.home, descendants=True, hidden=hidden)
    files = tuple(path for path in search.paths() if not os.path.isdir(path))
    starts = search.search_paths
    if len(starts) > 1:
        return Found(files, os.path.commonpath(starts))
    root = starts[0] if starts else places.workspace
    return Found(files, os.path.dirname(root) if files == (root,) else root)


def keep(call: NativeCall, draft: Draft, files: Sequence[SourceFile], *, overwrite: bool = False) -> None:
    """Keep the files as an artifact; set the outputs, and tell where it is. Raises ``HeadwayError``."""
    started = time.monotonic()
    store = stores_of(call).artifacts
    store.reserve(draft.name, overwrite=overwrite)
    artifact = store.keep_files(draft, files)
    folder = store.location(artifact)
    call.log(
        f"Artifact {artifact.name} has been kept: {counted(artifact.files)}, {artifact.size:,} bytes "
        f"in {time.monotonic() - started:.2f} s. Artifact ID is {artifact.id}"
    )
    call.log(f"Its files are in {folder}")
    call.set_output("artifact-id", str(artifact.id))
    call.set_output("artifact-digest", artifact.digest)
    call.set_output("artifact-url", _url(folder))
    call.job.listener.artifact(artifact.name, folder, artifact.files, artifact.size)


def _url(folder: str) -> str:
    from urllib.parse import quote

    return f"file://{quote(folder, errors='surrogateescape')}"


def counted(files: int) -> str:
    """Return a number of files in words."""
    return "1 file" if files == 1 else f"{files:,} files"


def draft(call: NativeCall, name: str, mime: str = ZIP) -> Draft:
    """Return the artifact that the inputs ask for. Raises ``HeadwayError`` for inputs that are not numbers."""
    level = number(call, "compression-level")
    if level is not None and not 0 <= level <= 9:
        raise HeadwayError("Invalid compression-level. Valid values are 0-9")
    most = call.github("retention_days")
    limit = int(most) if most.isdigit() else DEFAULT_DAYS
    days = number(call, "retention-days") or limit
    if days > limit:
        call.warn(
            "Retention days cannot be greater than the maximum allowed retention set within the repository. "
            f"Using {limit} instead."
        )
    if days < 0:
        raise HeadwayError(f"Invalid retention-days: {days}. It must be between 1 and {limit}")
    return Draft(name, call.job.request.key, min(days, limit) * DAY, mime)


def number(call: NativeCall, name: str) -> int | None:
    """Return an input as a number, as JavaScript reads it: what follows the digits is ignored. None if it is empty."""
    text = call.input(name)
    found = re.match(r"[+-]?\d+", text)
    if text and found is None:
        raise HeadwayError(f"Invalid {name}: '{text}' is no number")
    return int(found[0]) if found else None


def mime_type(path: str) -> str:
    """Return the type that GitHub's client gives a file of this name."""
    ending = os.path.splitext(path)[1].lower().removeprefix(".")
    known = (mime for mime, endings in _TYPES.items() if ending in endings.split())
    return next(known, "application/octet-stream")
