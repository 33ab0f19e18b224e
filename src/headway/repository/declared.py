"""What repositories say of themselves in ``headway.yaml``, as it stands on a branch or in a push that arrives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import FileMode, ObjectType, RepositoryOpenFlag

from headway.kernel.headway_yaml import FILE_NAME, HeadwayYaml, load, unreadable
from headway.kernel.headway_yaml.loading import MAX_BYTES
from headway.repository.reading import refs
from headway.repository.reading.opening import open_repository
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.kernel.headway_yaml import Section
    from headway.repository.hosting import Hosting

_FILES = (FileMode.BLOB, FileMode.BLOB_EXECUTABLE)
_KEPT = 256


class Declared:
    """Reads ``headway.yaml`` of projects; files that were read lately are remembered by their content."""

    def __init__(self, hosting: Hosting, sections: Sequence[Section]) -> None:
        self._hosting = hosting
        self._sections = sections
        self._read: Recent[HeadwayYaml] = Recent(_KEPT)

    def on_branch(self, project_id: int, branch: str) -> HeadwayYaml:
        """Return the file of a branch; of the default branch while the branch is not there."""
        repository = open_repository(self._hosting.path(project_id))
        commit = refs.commit_of(repository, refs.BRANCHES + branch) or refs.default_branch(repository).commit
        return repository.again(lambda: self._of(repository.handle, commit)) if commit else HeadwayYaml()

    def arriving(self, project_id: int, commit: str, quarantine: str) -> HeadwayYaml:
        """Return the file of a commit that is being pushed. ``quarantine``: where its objects are until it has been."""
        handle = pygit2.Repository(os.fspath(self._hosting.path(project_id)), RepositoryOpenFlag.NO_SEARCH)
        if quarantine:
            handle.odb.add_disk_alternate(quarantine)
        return self._of(handle, commit)

    def _of(self, handle: pygit2.Repository, commit: str) -> HeadwayYaml:
        tree = handle[commit].peel(pygit2.Tree)
        if FILE_NAME not in tree or tree[FILE_NAME].filemode not in _FILES:
            return HeadwayYaml()
        oid = tree[FILE_NAME].id
        return self._read.made(str(oid), lambda: self._loaded(handle, oid))

    def _loaded(self, handle: pygit2.Repository, oid: pygit2.Oid) -> HeadwayYaml:
        kind, size = handle.odb.read_header(oid)
        if kind != ObjectType.BLOB or size > MAX_BYTES:
            return unreadable(f"the file has {size} bytes, more than the {MAX_BYTES} that are read", self._sections)
        return load(handle.odb.read(oid)[1], self._sections)
