"""What changed between two commits: the files first, with their statistics, by a git command that can be ended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.repository.reading import commits, names, objects, text
from headway.repository.reading.errors import RefMissingError
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.repository.reading.opening import Repository

Status = Literal["added", "deleted", "modified", "renamed", "copied", "retyped"]
_STATUS: dict[str, Status] = {
    "A": "added", "D": "deleted", "M": "modified", "R": "renamed", "C": "copied", "T": "retyped",
}  # fmt: skip
_SUBMODULE = 0o160000
_MANY_FILES = 5000
_LIST_SECONDS = 5.0


class FileChange(NamedTuple):
    """A file that changed.

    ``additions`` and ``deletions`` count lines, None for binary files and where statistics took too long. ``old_path``
    is another one than ``path`` for renames and copies, whose ``similarity`` is in percent. An id is all zeros, and a
    mode 0, where there is no file.
    """

    status: Status
    path: str
    old_path: str
    mode: int
    old_mode: int
    oid: str
    old_oid: str
    additions: int | None
    deletions: int | None
    similarity: int
    binary: bool

    @property
    def image(self) -> str:
        """The media type of an image that browsers show, empty for anything else."""
        return text.image(self.path)

    @property
    def submodule(self) -> bool:
        """Whether it is or was a submodule."""
        return _SUBMODULE in {self.mode, self.old_mode}


class Diff(NamedTuple):
    """What changed from ``old`` to ``new`` (ids of commits, or of the empty tree), all files, in Git's order.

    ``complete`` is False when statistics or renames took too long; the files are all there even so.
    """

    old: str
    new: str
    files: tuple[FileChange, ...]
    additions: int
    deletions: int
    complete: bool


_kept: Recent[Diff] = Recent(64)
_large: Recent[Diff] = Recent(2)


def of_commit(repository: Repository, commit: str, seconds: float = 3.0) -> Diff:
    """Return what a commit changed, against its first parent. Raises ``ObjectMissingError``, ``DeadlineError``."""
    parents = commits.commit(repository, commit).parents
    return between(repository, parents[0] if parents else objects.EMPTY_TREE, commit, seconds)


def comparison(repository: Repository, base: str, head: str, dots: Literal[2, 3] = 3, seconds: float = 3.0) -> Diff:
    """Return what changed from one commit to another; with three dots, since they parted.

    Raises ``RefMissingError`` if three dots are asked for and there is no common ancestor, and ``DeadlineError``.
    """
    if dots == 2:
        return between(repository, base, head, seconds)
    ancestor = commits.merge_base(repository, base, head, seconds)
    if ancestor is None:
        raise RefMissingError(f"{base[:12]} and {head[:12]} have no common ancestor; compare them with two dots")
    return between(repository, ancestor, head, seconds)


def between(repository: Repository, old: str, new: str, seconds: float = 3.0) -> Diff:
    """Return what changed from one commit or tree to another. Raises ``DeadlineError`` if even the list takes long."""
    key = (repository.identity, old, new)
    if kept := _kept.get(key) or _large.get(key):
        return kept
    diff = _made(repository, old, new, seconds)
    # One that took too long is kept too: each of its pages would take as long again.
    return (_kept if len(diff.files) <= _MANY_FILES else _large).put(key, diff)


def _made(repository: Repository, old: str, new: str, seconds: float) -> Diff:
    arguments = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv")
    output = repository.run(*arguments, "--numstat", "-M", old, new, seconds=seconds)
    # Git prints all files before it counts their lines, so that the first count tells that the list is whole.
    if output.complete or _counted_any(output.data):
        return parse(old, new, output.data, complete=output.complete)
    data = repository.ask(*arguments, "--no-renames", old, new, seconds=max(seconds, _LIST_SECONDS))
    return parse(old, new, data, complete=False)


def parse(old: str, new: str, data: bytes, *, complete: bool) -> Diff:
    """Return what ``git diff-tree -r -z --raw [--numstat]`` prints; what it was ended in is left out."""
    fields = iter(data[: max(0, data.rfind(b"\0"))].split(b"\0"))
    changes: list[FileChange] = []
    counts: dict[str, tuple[int | None, int | None]] = {}
    with contextlib.suppress(StopIteration):
        for field in fields:
            if field.startswith(b":"):
                changes.append(_change(field.decode(), fields))
            elif field:
                added, removed, path = field.split(b"\t", 2)
                path = path or (next(fields), next(fields))[1]
                counts[names.decode(path)] = (None, None) if added == b"-" else (int(added), int(removed))
    files = tuple(_counted(change, counts) for change in changes)
    additions, deletions = _total([one.additions for one in files]), _total([one.deletions for one in files])
    return Diff(old, new, files, additions, deletions, complete)


def _counted_any(data: bytes) -> bool:
    """Whether the beginning of what git prints goes as far as the first count of lines."""
    fields = iter(data[: max(0, data.rfind(b"\0"))].split(b"\0"))
    for field in fields:
        if not field.startswith(b":"):
            return bool(field)
        for _ in range(2 if field.rpartition(b" ")[2][:1] in {b"R", b"C"} else 1):
            next(fields, None)
    return False


def _change(field: str, fields: Iterator[bytes]) -> FileChange:
    old_mode, mode, old_oid, oid, status = field[1:].split(" ")
    old_path = names.decode(next(fields))
    path = names.decode(next(fields)) if status[0] in "RC" else old_path
    similarity = int(status[1:] or 0)
    kind = _STATUS.get(status[0], "modified")
    return FileChange(
        kind, path, old_path, int(mode, 8), int(old_mode, 8), oid, old_oid, None, None, similarity, binary=False
    )


def _counted(change: FileChange, counts: dict[str, tuple[int | None, int | None]]) -> FileChange:
    if change.path not in counts:
        return change
    added, removed = counts[change.path]
    return change._replace(additions=added, deletions=removed, binary=added is None)


def _total(counts: Sequence[int | None]) -> int:
    return sum(count or 0 for count in counts)
