"""Branches and tags: the default branch, lists, and what a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pygit2

from headway.repository.reading import names, objects, paging
from headway.repository.reading.errors import ObjectMissingError, RefMissingError
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headway.repository.reading.opening import Repository

Order = Literal["name", "newest"]
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
PAGE_AT_MOST = 1000
_NESTED_TAGS = 10
# One line a ref; a name can hold none of the bytes below 32, so that no separator is ambiguous.
_FORMAT = "%(objectname)%01%(objecttype)%01%(*objectname)%01%(*objecttype)%01%(creatordate:unix)%01%(refname)"


class Default(NamedTuple):
    """The default branch: its short name, None if HEAD is detached; its commit, None while nothing was pushed to it."""

    name: str | None
    commit: str | None


class Ref(NamedTuple):
    """A branch or a tag.

    ``name`` is the short name, ``full`` the whole one; ``oid`` is what it points to, ``commit`` the commit that this
    comes to, None for a tag of something else. ``time`` is when the commit was made, or the annotated tag.
    """

    name: str
    full: str
    oid: str
    commit: str | None
    time: datetime
    annotated: bool


def default_branch(repository: Repository) -> Default:
    """Return the default branch, which HEAD names."""
    try:
        head = repository.again(lambda: repository.handle.lookup_reference("HEAD"))
    except (KeyError, ValueError, pygit2.GitError):
        return Default(None, None)
    if head.type != pygit2.enums.ReferenceType.SYMBOLIC:
        return Default(None, peeled(repository, str(head.target)))
    full = names.decode(head.raw_target if isinstance(head.raw_target, bytes) else str(head.target).encode())
    return Default(full.removeprefix(BRANCHES), commit_of(repository, full))


def commit_of(repository: Repository, full: str) -> str | None:
    """Return the commit that a ref with this full name comes to; None if it is missing or a tag of something else."""
    oid = target(repository, full)
    return peeled(repository, oid) if oid else None


def target(repository: Repository, full: str) -> str | None:
    """Return the object that a ref points to, by its full name, or None if there is no such ref."""
    name = names.encode(full).decode(errors="surrogateescape")
    if "\0" in name:
        return None
    try:
        # libgit2 takes text; a name that is none is asked of git.
        name.encode()
        return str(repository.handle.lookup_reference(name).resolve().target)
    except UnicodeEncodeError:
        return next((ref.oid for ref in _listed(repository, full) if ref.full == full), None)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def peeled(repository: Repository, oid: str) -> str | None:
    """Return the commit that an object is, or that a tag of tags ends at; None if that is no commit."""
    for _ in range(_NESTED_TAGS):
        try:
            kind, _size = repository.header(oid)
        except ObjectMissingError:
            return None
        if kind == "commit":
            return oid
        if kind != "tag":
            return None
        oid = objects.tag(oid, repository.read(oid, "tag")).target
    return None


def branches(
    repository: Repository, text: str = "", order: Order = "name", cursor: str = "", limit: int = 100
) -> Page[Ref]:
    """Return branches whose name contains ``text`` (in any case). Raises ``CursorError``."""
    return _page(repository, BRANCHES, text, order, cursor, limit)


def tags(
    repository: Repository, text: str = "", order: Order = "newest", cursor: str = "", limit: int = 100
) -> Page[Ref]:
    """Return tags whose name contains ``text`` (in any case). Raises ``CursorError``."""
    return _page(repository, TAGS, text, order, cursor, limit)


def all_refs(repository: Repository, prefix: str = "refs/") -> list[Ref]:
    """Return every ref below a prefix, by name."""
    return list(_listed(repository, prefix))


def tag(repository: Repository, name: str) -> objects.Tag | None:
    """Return what an annotated tag says, or None for one that is not annotated. Raises ``RefMissingError``."""
    oid = target(repository, TAGS + name)
    if oid is None:
        raise RefMissingError(f"there is no tag '{name}'")
    kind, _ = repository.header(oid)
    return objects.tag(oid, repository.read(oid, "tag")) if kind == "tag" else None


def _page(repository: Repository, prefix: str, text: str, order: Order, cursor: str, limit: int) -> Page[Ref]:
    wanted = text.casefold()
    found = [ref for ref in _listed(repository, prefix) if wanted in ref.name.casefold()]
    newest = order == "newest"
    found.sort(key=(lambda ref: (-ref.time.timestamp(), ref.name)) if newest else (lambda ref: (0.0, ref.name)))
    after = paging.parts(cursor, int, str) if cursor else None
    if after is not None:
        key = (-int(after[0]) if newest else 0, after[1])
        found = [ref for ref in found if (-int(ref.time.timestamp()) if newest else 0, ref.name) > key]
    some = found[: paging.bounded(limit, PAGE_AT_MOST)]
    more = len(found) > len(some)
    return Page(tuple(some), paging.cursor(int(some[-1].time.timestamp()), some[-1].name) if more else "")


def _listed(repository: Repository, prefix: str) -> Iterator[Ref]:
    pattern = names.encode(prefix).decode(errors="surrogateescape")
    for line in repository.ask("for-each-ref", f"--format={_FORMAT}", pattern).split(b"\n"):
        fields = line.split(b"\1")
        if len(fields) == 6:
            yield _ref(repository, *fields)


def _ref(
    repository: Repository,
    oid: bytes,
    kind: bytes,
    peeled_oid: bytes,
    peeled_kind: bytes,
    time: bytes,
    full: bytes,
) -> Ref:
    annotated = kind == b"tag"
    end, end_kind = (peeled_oid, peeled_kind) if annotated else (oid, kind)
    commit = end.decode() if end_kind == b"commit" else None
    if end_kind == b"tag":
        # Git tells the first thing that a tag points to, up to its version 2.44 also where that is a tag again.
        commit = peeled(repository, end.decode())
    whole = names.decode(full)
    name = whole.removeprefix(BRANCHES).removeprefix(TAGS)
    return Ref(name, whole, oid.decode(), commit, objects.moment(int(time or 0)), annotated)
