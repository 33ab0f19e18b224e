"""What a text such as ``feature/login/src/app.py`` stands for: a ref, a commit, and a path in it."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import names, refs
from headway.repository.reading.errors import RefAmbiguousError, RefMissingError

if TYPE_CHECKING:
    from headway.repository.reading.opening import Repository

_HEX = re.compile(r"[0-9a-fA-F]{4,40}")
_FULL = 40
_SEGMENTS_AT_MOST = 64
_NAMES_COMPARED = 2000
_SUGGESTIONS = 3


class Resolved(NamedTuple):
    """What a text stands for.

    ``ref`` is the full name of the branch or tag, None if a commit was named by its SHA; ``name`` is what was written
    for it; ``path`` is the rest, without slashes around it.
    """

    ref: str | None
    name: str
    commit: str
    path: str


def resolve(repository: Repository, text: str) -> Resolved:
    """Return what a text stands for: the longest beginning that is a branch, a tag or a SHA, and a path.

    An empty text is the default branch. Of a branch and a tag with one name the branch wins; ``refs/tags/v1`` names
    the tag. A ref wins over a SHA that is as long. Raises ``RefMissingError`` with suggestions, also for a default
    branch to which nothing was pushed, and ``RefAmbiguousError`` for a SHA that is too short.
    """
    parts = [part for part in text.split("/") if part]
    if not parts:
        return _default(repository)
    for count in range(min(len(parts), _SEGMENTS_AT_MOST), 0, -1):
        name = "/".join(parts[:count])
        if found := _ref(repository, name):
            return Resolved(found[0], name, found[1], "/".join(parts[count:]))
    if parts[0] == "HEAD":
        return _default(repository)._replace(path="/".join(parts[1:]))
    if _HEX.fullmatch(parts[0]) and (commit := _sha(repository, parts[0].lower())):
        return Resolved(None, parts[0], commit, "/".join(parts[1:]))
    raise RefMissingError(f"no branch, tag or commit is named '{names.shown(text)}'", _suggestions(repository, text))


def _default(repository: Repository) -> Resolved:
    name, commit = refs.default_branch(repository)
    if commit is None:
        what = f"nothing has been pushed to the default branch '{name}'" if name else "HEAD leads to no commit"
        raise RefMissingError(what, [ref.name for ref in refs.branches(repository, limit=_SUGGESTIONS).items])
    return Resolved(refs.BRANCHES + name if name else None, name or commit, commit, "")


def _ref(repository: Repository, name: str) -> tuple[str, str] | None:
    candidates = (name,) if name.startswith("refs/") else (refs.BRANCHES + name, refs.TAGS + name)
    for full in candidates:
        if commit := refs.commit_of(repository, full):
            return full, commit
    return None


def _sha(repository: Repository, digits: str) -> str | None:
    if len(digits) == _FULL:
        return refs.peeled(repository, digits) if repository.has(digits) else None
    # Git lists the candidates; libgit2 only says that there are several.
    listed = repository.ask("rev-parse", f"--disambiguate={digits}").decode().split()
    commits = [oid for oid in listed if repository.header(oid)[0] == "commit"]
    if len(commits) > 1:
        raise RefAmbiguousError(f"{len(commits)} commits begin with {digits}", commits[:_SUGGESTIONS])
    return commits[0] if commits else None


def _suggestions(repository: Repository, text: str) -> list[str]:
    known = [ref.name for ref in refs.all_refs(repository)[:_NAMES_COMPARED]]
    close = difflib.get_close_matches(text, known, _SUGGESTIONS) or difflib.get_close_matches(
        text.split("/")[0], known, _SUGGESTIONS
    )
    return close or [ref.name for ref in refs.branches(repository, limit=_SUGGESTIONS).items]
