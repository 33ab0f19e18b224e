"""Folders of a commit: entries, README, submodules."""

from __future__ import annotations

import bisect
import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import LimitError
from headway.repository.reading import commits, names, objects, paging
from headway.repository.reading.errors import ObjectMissingError, PathMissingError
from headway.repository.reading.paging import Page
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.repository.reading.objects import Kind, RawEntry
    from headway.repository.reading.opening import Repository

PAGE_AT_MOST = 5000
_READMES = ("readme.md", "readme.markdown", "readme.mdown", "readme.rst", "readme.txt", "readme")
_SETTINGS_LIMIT = 256 << 10
_SECTION = re.compile(r'\[submodule "(.*)"\]')
_SUGGESTIONS = 3
_WITHOUT_SIZE = frozenset({"folder", "submodule"})
_parsed: Recent[list[objects.RawEntry]] = Recent(256)


class Entry(NamedTuple):
    """An entry of a folder. ``size`` is the bytes of a file or symlink, None for a folder or a submodule."""

    name: str
    path: str
    mode: int
    kind: Kind
    oid: str
    size: int | None


class Submodule(NamedTuple):
    """A submodule as ``.gitmodules`` has it; ``branch`` is empty when none is named."""

    path: str
    url: str
    branch: str


def raw(repository: Repository, oid: str) -> list[RawEntry]:
    """Return the entries of a tree by its id, in Git's order. Raises ``ObjectMissingError``."""
    if oid == objects.EMPTY_TREE:
        return []
    return _parsed.made((repository.identity, oid), lambda: objects.tree(repository.read(oid, "tree")))


def root(repository: Repository, commit: str) -> RawEntry:
    """Return the root folder of a commit, as if it were an entry. Raises ``ObjectMissingError``."""
    return objects.RawEntry(0o40000, b"", commits.commit(repository, commit).tree)


def find(repository: Repository, commit: str, path: str) -> RawEntry | None:
    """Return the entry at a path of a commit, or None. Raises ``ObjectMissingError`` if there is no such commit."""
    place = root(repository, commit)
    for name in names.segments(path):
        if place.kind != "folder":
            return None
        found = next((entry for entry in raw(repository, place.oid) if entry.name == name), None)
        if found is None:
            return None
        place = found
    return place


def entry(repository: Repository, commit: str, path: str) -> Entry:
    """Return the entry at a path of a commit; the root has an empty path. Raises ``PathMissingError``."""
    found = find(repository, commit, path)
    if found is None:
        where = f"'{names.shown(path)}' at {commit[:12]}"
        raise PathMissingError(f"there is nothing at {where}", _similar(repository, commit, path))
    parts = names.segments(path)
    return _entries(repository, [found], names.joined(parts[:-1]))[0]


def folder(repository: Repository, commit: str, path: str = "", cursor: str = "", limit: int = 1000) -> Page[Entry]:
    """Return the entries of a folder: folders and submodules first, each part by name.

    Raises ``PathMissingError`` if there is none at this path, and ``CursorError``.
    """
    found = entry(repository, commit, path)
    if found.kind != "folder":
        raise PathMissingError(f"'{names.shown(path)}' at {commit[:12]} is a {found.kind}, not a folder", [found.path])
    listed = sorted(raw(repository, found.oid), key=_order)
    start = 0
    if cursor:
        group, name = paging.parts(cursor, int, str)
        start = bisect.bisect_right(listed, (int(group), names.encode(str(name))), key=_order)
    some = listed[start : start + paging.bounded(limit, PAGE_AT_MOST)]
    more = start + len(some) < len(listed)
    following = paging.cursor(_order(some[-1])[0], names.decode(some[-1].name)) if more else ""
    return Page(tuple(_entries(repository, some, found.path)), following)


def readme(repository: Repository, commit: str, path: str = "") -> Entry | None:
    """Return the README of a folder, or None. Raises ``PathMissingError`` if there is no such folder."""
    found = entry(repository, commit, path)
    if found.kind != "folder":
        return None
    ranked = [
        (_READMES.index(name), one)
        for one in raw(repository, found.oid)
        if (name := names.decode(one.name).lower()) in _READMES and one.kind in {"file", "executable", "symlink"}
    ]
    return _entries(repository, [min(ranked)[1]], found.path)[0] if ranked else None


def submodules(repository: Repository, commit: str) -> dict[str, Submodule]:
    """Return the submodules that ``.gitmodules`` of a commit names, by path. Whatever is wrong in it is left out."""
    found = find(repository, commit, ".gitmodules")
    if found is None or found.kind not in {"file", "executable"}:
        return {}
    try:
        text = names.prose(repository.read(found.oid, "blob", _SETTINGS_LIMIT))
    except (LimitError, ObjectMissingError):
        return {}
    return parse_submodules(text)


def parse_submodules(text: str) -> dict[str, Submodule]:
    """Return the submodules of the text of a ``.gitmodules`` file, by path."""
    sections: list[dict[str, str]] = []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            sections.append({} if _SECTION.fullmatch(line) else {"ignored": "yes"})
        elif sections and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            sections[-1][key.strip().lower()] = value.strip().strip('"')
    return {
        one["path"].strip("/"): Submodule(one["path"].strip("/"), one["url"], one.get("branch", ""))
        for one in sections
        if "ignored" not in one and one.get("path") and one.get("url")
    }


def _order(one: RawEntry) -> tuple[int, bytes]:
    return (0 if one.kind in _WITHOUT_SIZE else 1), one.name


def _entries(repository: Repository, some: Sequence[RawEntry], parent: str) -> list[Entry]:
    kinds = [one.kind for one in some]
    sized = [one.oid for one, kind in zip(some, kinds, strict=True) if kind not in _WITHOUT_SIZE]
    sizes = iter(repository.sizes(sized))
    before = f"{parent}/" if parent else ""
    found: list[Entry] = []
    for one, kind in zip(some, kinds, strict=True):
        name = names.decode(one.name)
        size = None if kind in _WITHOUT_SIZE else next(sizes)
        found.append(Entry(name, before + name, one.mode, kind, one.oid, size))
    return found


def _similar(repository: Repository, commit: str, path: str) -> list[str]:
    parts = names.segments(path)
    for count in range(len(parts) - 1, -1, -1):
        place = find(repository, commit, names.joined(parts[:count]))
        if place is not None and place.kind == "folder":
            known = [names.decode(one.name) for one in raw(repository, place.oid)]
            close = difflib.get_close_matches(names.decode(parts[count]), known[:PAGE_AT_MOST], _SUGGESTIONS)
            before = names.joined(parts[:count])
            return [f"{before}/{name}" if before else name for name in close] or ([before] if before else [])
    return []
