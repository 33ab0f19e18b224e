"""``actions/download-artifact``: from the run's folder of artifacts into the workspace."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from headway.integration.native.minimatch import name_matches
from headway.integration.native.places import Places, stores_of
from headway.integration.results.records import ZIP
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall
    from headway.integration.results.records import Artifact, ArtifactStore

_MISMATCH = ("ignore", "info", "warn", "error")


def download_artifact(call: NativeCall) -> None:
    """Write the files of artifacts below ``path`` ("download-artifact", *Inputs*)."""
    name, ids = call.input("name"), call.input("artifact-ids")
    if name and ids:
        raise HeadwayError("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.")
    mismatch = call.input("digest-mismatch", "error")
    if mismatch not in _MISMATCH:
        raise HeadwayError(
            f"Invalid value for 'digest-mismatch': '{mismatch}'. Valid options are: {', '.join(_MISMATCH)}"
        )
    merge, packed = call.flag("merge-multiple", False), call.flag("skip-decompress", False)
    places = Places(call)
    shown = _target(call, places)
    store = _store(call)
    chosen = _by_name(store, name) if name else _by_ids(call, store, ids) if ids else _by_pattern(call, store)
    together = bool(name) or merge or (len(chosen) == 1 and _takes_one_as_named(call.ref))
    for artifact in chosen:
        target = places.on_host(shown)
        _download(call, store, artifact, target if together else os.path.join(target, artifact.name), packed)
    call.log(f"Total of {len(chosen)} artifact(s) downloaded")
    call.set_output("download-path", shown)


def _target(call: NativeCall, places: Places) -> str:
    """Return where to write, as the job sees it."""
    seen = call.job.runner.path(call.workspace)
    path = call.input("path", seen)
    if path.startswith("~"):
        home = call.program.environment().get("HOME") or places.home
        path = home + path[1:]
    return os.path.normpath(os.path.join(seen, path))


def _store(call: NativeCall) -> ArtifactStore:
    """Return the artifacts of this run, or those of another one when a token allows it, as GitHub's action does."""
    stores = stores_of(call)
    own = call.github("run_id")
    run = call.input("run-id", own) if call.input("github-token") else own
    store = stores.artifacts if run == own else stores.artifacts_of(run)
    if store is None:
        raise HeadwayError(
            f"The run {run} is not on this machine, which keeps the newest runs of this repository only. "
            "headway run --no-native asks GitHub for it"
        )
    return store


def _by_name(store: ArtifactStore, name: str) -> list[Artifact]:
    artifact = store.find(name)
    if artifact is None:
        there = ", ".join(artifact.name for artifact in store.artifacts()) or "none"
        raise HeadwayError(f"Artifact '{name}' not found. The artifacts of this run: {there}")
    return [artifact]


def _by_ids(call: NativeCall, store: ArtifactStore, text: str) -> list[Artifact]:
    wanted: list[int] = []
    for part in (part.strip() for part in text.split(",")):
        if part:
            found = re.match(r"[+-]?\d+", part)
            if found is None:
                raise HeadwayError(f"Invalid artifact ID: '{part}'. Must be a number.")
            wanted.append(int(found[0]))
    if not wanted:
        raise HeadwayError("No valid artifact IDs provided in 'artifact-ids' input")
    chosen = [artifact for artifact in store.artifacts() if artifact.id in wanted]
    if not chosen:
        raise HeadwayError("None of the provided artifact IDs were found")
    there = {artifact.id for artifact in chosen}
    if missing := [str(number) for number in wanted if number not in there]:
        call.warn(f"Could not find the following artifact IDs: {', '.join(missing)}")
    return chosen


def _by_pattern(call: NativeCall, store: ArtifactStore) -> list[Artifact]:
    pattern = call.input("pattern")
    artifacts = store.artifacts()
    if not pattern:
        call.log("No input name, artifact-ids or pattern filtered specified, downloading all artifacts")
        return artifacts
    call.log(f"Filtering artifacts by pattern '{pattern}'")
    return [artifact for artifact in artifacts if name_matches(pattern, artifact.name)]


def _takes_one_as_named(ref: str) -> bool:
    """Return whether this version writes the only artifact that it finds without a folder of its name: v5 and later."""
    found = re.match(r"v?(\d+)(?:\.|$)", ref)
    return found is None or int(found[1]) >= 5


def _download(call: NativeCall, store: ArtifactStore, artifact: Artifact, target: str, packed: bool) -> None:
    started = time.monotonic()
    if packed and artifact.mime == ZIP:
        _write_archive(store, artifact, target)
    else:
        store.copy(artifact, target)
    seconds = time.monotonic() - started
    call.log(f"- {artifact.name} (ID: {artifact.id}, {artifact.size:,} bytes) in {seconds:.2f} s")


def _write_archive(store: ArtifactStore, artifact: Artifact, target: str) -> None:
    path = os.path.join(target, f"{artifact.name}.zip")
    try:
        os.makedirs(target, exist_ok=True)
        with open(path, "wb") as file:
            for piece in store.archive(artifact):
                file.write(piece)
    except OSError as error:
        raise HeadwayError(f"'{path}' could not be written: {error.strerror}") from error
