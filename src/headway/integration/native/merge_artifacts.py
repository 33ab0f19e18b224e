"""``actions/upload-artifact/merge``: several artifacts of the run become one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.native.artifacts import draft, find_files, keep
from headway.integration.native.minimatch import name_matches
from headway.integration.native.places import Places, stores_of
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall


def merge_artifacts(call: NativeCall) -> None:
    """Keep the files of all artifacts that match ``pattern`` as one ("upload-artifact/merge", *Inputs*)."""
    import tempfile

    from headway.integration.results.trees import remove

    pattern = call.input("pattern", "*")
    wanted = draft(call, call.input("name", "merged-artifacts"))
    apart = call.flag("separate-directories", False)
    delete = call.flag("delete-merged", False)
    hidden = call.flag("include-hidden-files", False)
    store = stores_of(call).artifacts
    chosen = [artifact for artifact in store.artifacts() if name_matches(pattern, artifact.name)]
    if not chosen:
        raise HeadwayError(f"No artifacts found matching pattern '{pattern}'")
    folder = tempfile.mkdtemp(prefix="merge-artifact", dir=call.job.temp)
    try:
        for artifact in chosen:
            store.copy(artifact, os.path.join(folder, artifact.name) if apart else folder)
        keep(call, wanted, find_files(folder, Places(call), hidden=hidden).sources())
    finally:
        remove(folder)
    call.log(f"The {len(chosen)} artifact(s) have been successfully merged!")
    if delete:
        for artifact in chosen:
            store.delete(artifact.name)
        call.log(f"The {len(chosen)} artifact(s) have been deleted")
