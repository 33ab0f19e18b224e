"""``actions/upload-artifact``: the files go into the run's folder of artifacts, by reflink where it can be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.native.artifacts import counted, draft, find_files, keep, mime_type
from headway.integration.native.places import Places, required
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.artifacts import Found
    from headway.integration.native.call import NativeCall

_NO_FILES = ("warn", "error", "ignore")


def upload_artifact(call: NativeCall) -> None:
    """Keep the files that ``path`` selects as an artifact of the run ("upload-artifact", *Inputs*)."""
    path = required(call, "path")
    if_none = call.input("if-no-files-found", "warn")
    if if_none not in _NO_FILES:
        raise HeadwayError(
            f"Unrecognized if-no-files-found input. Provided: {if_none}. Available options: {','.join(_NO_FILES)}"
        )
    overwrite = call.flag("overwrite", False)
    archive = call.flag("archive", True)
    wanted = draft(call, call.input("name", "artifact"))
    found = find_files(path, Places(call), hidden=call.flag("include-hidden-files", False))
    if not found.files:
        _report_none(call, path, if_none)
        return
    call.log(f"With the provided path, there will be {counted(len(found.files))} uploaded")
    if not archive:
        wanted = wanted._replace(name=_only(found), mime=mime_type(_only(found)))
    keep(call, wanted, found.sources(), overwrite=overwrite)


def _report_none(call: NativeCall, path: str, how: str) -> None:
    message = f"No files were found with the provided path: {path}. No artifacts will be uploaded."
    if how == "error":
        raise HeadwayError(message)
    if how == "warn":
        call.warn(message)
    else:
        call.log(message)


def _only(found: Found) -> str:
    """Return the name of the only file, which an artifact has that is no archive."""
    if len(found.files) > 1:
        raise HeadwayError(
            "When 'archive' is set to false, only a single file can be uploaded. "
            f"Found {len(found.files)} files to upload."
        )
    return os.path.basename(found.files[0])
