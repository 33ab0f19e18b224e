"""Artifacts as plain folders that anybody can open: ``<root>/<run>/<name>/…``, described by ``<root>/<run>.json``.

What a client has uploaded as a zip is kept beside its unpacked files, so that its digest stays what it was.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from headway.integration.results.errors import AlreadyExistsError, InvalidArchiveError, NotFoundError, ResultsError
from headway.integration.results.names import check_artifact_name, check_file_path
from headway.integration.results.records import ZIP, Artifact, Draft, SourceFile
from headway.integration.results.runs import prune_runs, read_index, write_index
from headway.integration.results.trees import Target, entries_below, remove, unwritable
from headway.integration.results.zips import unpack, zip_stream
from headway.kernel.copying import Copier

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

_PIECE = 1 << 20
_MODE = 0o644
"""GitHub keeps no modes: "File permissions are not maintained" ("upload-artifact", *Permission loss*)."""


class FolderArtifacts:
    """The artifacts of one run, below a root that holds those of the newest runs.

    ``earlier`` is the run that this one repeats in part: what it kept is found too, unless it was made anew.
    """

    def __init__(
        self,
        root: str,
        run: str,
        *,
        workflow: str = "",
        earlier: FolderArtifacts | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.root = root
        self.run = run
        self.workflow = workflow
        self._earlier = earlier
        self._clock = clock
        self._folder = os.path.join(root, run)
        self._lock = threading.Lock()
        self._reserved: set[str] = set()
        self._kept = {artifact.name: artifact for artifact in read_index(root, run).artifacts}
        self._next = int(run) + len(self._kept)
        self._held = -1

    # Names

    def reserve(self, name: str, *, overwrite: bool = False) -> None:
        """Claim a name; see ``ArtifactStore``."""
        check_artifact_name(name)
        if overwrite:
            self.delete(name)
        with self._lock:
            # Where the file system knows no case, names that differ by it have one folder.
            if name in self._kept or name in self._reserved or os.path.exists(os.path.join(self._folder, name)):
                raise AlreadyExistsError(
                    f"An artifact with this name already exists on the workflow run: {name}. Give each its own name "
                    "(jobs of a matrix: with a value of the matrix in it), or set the input 'overwrite' to true"
                )
            self._reserved.add(name)

    def release(self, name: str) -> None:
        """Give up a claim."""
        with self._lock:
            self._reserved.discard(name)

    # Keeping

    def keep_files(self, draft: Draft, files: Sequence[SourceFile]) -> Artifact:
        """Keep copies of files; see ``ArtifactStore``."""
        for file in files:
            check_file_path(file.path)
        number, partial = self._begin()
        try:
            copier = _copied(files, partial)
            stream = self._stream(partial, draft.mime)
            artifact = self._described(draft, number, copier.files, copier.size, stream)
            return self._commit(artifact, partial)
        except OSError as error:
            raise ResultsError(
                f"The artifact '{draft.name}' could not be kept: {error.strerror} ({error.filename})"
            ) from error
        finally:
            remove(partial)
            self.release(draft.name)

    def keep_archive(self, draft: Draft, path: str, digest: str = "") -> Artifact:
        """Keep what a client has uploaded; see ``ArtifactStore``."""
        number, partial = self._begin()
        try:
            size = os.path.getsize(path)
            if draft.mime == ZIP:
                files, size = unpack(path, partial)
            else:
                files = 1
            artifact = self._described(draft, number, files, size, _pieces(path))
            if digest and artifact.digest != digest.lower():
                raise InvalidArchiveError(f"What arrived has the digest {artifact.digest}, not {digest}")
            if draft.mime != ZIP:
                os.mkdir(partial)
                os.rename(path, os.path.join(partial, draft.name))
                return self._commit(artifact, partial)
            return self._commit(artifact, partial, path)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        finally:
            remove(partial)
            self.release(draft.name)

    def _begin(self) -> tuple[int, str]:
        with self._lock:
            self._next += 1
            number = self._next
            if self._held < 0:
                try:
                    self._hold()
                except OSError as error:
                    raise unwritable(self._folder, error) from error
        return number, os.path.join(self.root, f".{self.run}-{number}.partial")

    def _hold(self) -> None:
        """Make the run's folder, mark it as in use, and remove the oldest runs."""
        os.makedirs(self._folder, mode=0o755, exist_ok=True)
        self._held = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._held, fcntl.LOCK_SH)
        prune_runs(self.root, self.run)

    def _described(self, draft: Draft, number: int, files: int, size: int, stream: Iterable[bytes]) -> Artifact:
        import hashlib

        digest, length = hashlib.sha256(), 0
        for piece in stream:
            digest.update(piece)
            length += len(piece)
        now = self._clock()
        expires = now + draft.retention
        return Artifact(
            number, draft.name, draft.job, files, size, length, digest.hexdigest(), now, expires, draft.mime
        )

    def _commit(self, artifact: Artifact, partial: str, archive: str = "") -> Artifact:
        with self._lock:
            if archive:
                os.makedirs(f"{self._folder}.zips", exist_ok=True)
                os.rename(archive, _archive(self._folder, artifact))
            if not os.path.isdir(partial):
                os.mkdir(partial)
            os.rename(partial, os.path.join(self._folder, artifact.name))
            self._kept[artifact.name] = artifact
            self._write()
        return artifact

    def _write(self) -> None:
        earlier = self._earlier.run if self._earlier else ""
        write_index(self.root, self.run, self.workflow, earlier, list(self._kept.values()))

    # Finding

    def artifacts(self) -> list[Artifact]:
        """Return what is kept and has not expired, oldest first; of an earlier run too, where that is wanted."""
        now = self._clock()
        with self._lock:
            own = [artifact for artifact in self._kept.values() if artifact.expires > now]
            names = set(self._kept) | self._reserved
        if self._earlier is not None:
            own += [artifact for artifact in self._earlier.artifacts() if artifact.name not in names]
        return sorted(own, key=lambda artifact: artifact.id)

    def find(self, name: str) -> Artifact | None:
        """Return the artifact of a name, None if there is none."""
        return next((artifact for artifact in self.artifacts() if artifact.name == name), None)

    def delete(self, name: str) -> Artifact | None:
        """Delete an artifact, and return it; None if there is none."""
        with self._lock:
            artifact = self._kept.pop(name, None)
            if artifact is not None:
                self._write()
                remove(os.path.join(self._folder, artifact.name))
                remove(_archive(self._folder, artifact))
                return artifact
        return self._earlier.delete(name) if self._earlier is not None else None

    def location(self, artifact: Artifact) -> str:
        """Return the folder with its files."""
        if self._earlier is not None and self._kept.get(artifact.name) != artifact:
            return self._earlier.location(artifact)
        return os.path.join(self._folder, artifact.name)

    # Reading

    def copy(self, artifact: Artifact, target: str) -> None:
        """Write its files below a folder, over what is there; links that lead out of the folder are replaced."""
        folder = self.location(artifact)
        try:
            place = Target(target)
            copier = Copier(folder, place.root)
            for path, is_folder in entries_below(folder):
                if is_folder:
                    place.folder(path)
                else:
                    place.make_room(path)
                    copier.copy(path)
            copier.finish()
        except FileNotFoundError as error:
            raise NotFoundError(f"The artifact '{artifact.name}' is gone: {error.filename} does not exist") from error
        except OSError as error:
            raise unwritable(target, error) from error

    def archive(self, artifact: Artifact) -> Generator[bytes, None, None]:
        """Yield what is downloaded, in pieces of at most 1 MiB."""
        folder = self.location(artifact)
        path = _archive(os.path.dirname(folder), artifact)
        try:
            yield from _pieces(path) if os.path.exists(path) else self._stream(folder, artifact.mime)
        except FileNotFoundError as error:
            raise NotFoundError(f"The artifact '{artifact.name}' is gone: {error.filename} does not exist") from error

    def _stream(self, folder: str, mime: str) -> Iterator[bytes]:
        paths = [path for path, is_folder in entries_below(folder) if not is_folder]
        if mime == ZIP:
            yield from zip_stream(folder, paths)
        else:
            yield from _pieces(os.path.join(folder, paths[0]))

    def close(self) -> None:
        """Let go of the run's folder: a later run may remove it."""
        with self._lock:
            if self._held >= 0:
                os.close(self._held)
                self._held = -1


def _archive(run_folder: str, artifact: Artifact) -> str:
    return os.path.join(f"{run_folder}.zips", f"{artifact.id}.zip")


def _copied(files: Sequence[SourceFile], folder: str) -> Copier:
    place = Target(folder, fresh=True)
    copier = Copier("/", place.root)
    for file in files:
        place.folder(os.path.dirname(file.path))
        copier.place(file.origin, file.path, _MODE)
    copier.finish()
    return copier


def _pieces(path: str) -> Iterator[bytes]:
    with open(path, "rb", buffering=0) as file:
        while data := file.read(_PIECE):
            yield data


def last_run_of(root: str, workflow: str) -> FolderArtifacts | None:
    """Return the artifacts of the newest run of a workflow that kept any, None if there is none."""
    names: list[str] = []
    with suppress(OSError):
        names = os.listdir(root)
    runs = sorted((name.removesuffix(".json") for name in names if name.endswith(".json")), key=_number, reverse=True)
    for run in runs:
        if run.isdigit() and read_index(root, run).workflow == workflow:
            return known_run(root, run)
    return None


def known_run(root: str, run: str) -> FolderArtifacts | None:
    """Return the artifacts of a run that is kept, with those of the runs that it repeats; None if it is not known."""
    if not run.isdigit() or not os.path.exists(os.path.join(root, f"{run}.json")):
        return None
    earlier = read_index(root, run).earlier
    before = known_run(root, earlier) if earlier and _number(earlier) < _number(run) else None
    return FolderArtifacts(root, run, earlier=before)


def _number(run: str) -> int:
    return int(run) if run.isdigit() else -1
