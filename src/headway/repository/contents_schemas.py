"""The shapes of what is in a repository."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from headway.repository.signatures.schemas import VerificationShape, verification_shape
from headway.web.schemas import Model

if TYPE_CHECKING:
    from headway.repository.reading import blame as blames
    from headway.repository.reading import blobs, diffs, objects, patches, refs, search, trees
    from headway.repository.signatures.records import Verdict


class PersonShape(Model):
    """Who wrote or committed, as the commit says it."""

    name: str
    email: str
    time: datetime


class CommitShape(Model):
    """A commit."""

    sha: str
    parents: list[str]
    author: PersonShape
    committer: PersonShape
    subject: str
    body: str
    trailers: list[tuple[str, str]]
    signed: bool = Field(description="carries a signature")
    verification: VerificationShape | None = Field(
        None, description="whose the signature is; left out where commits are told beside something else"
    )


class EntryShape(Model):
    """An entry of a folder."""

    name: str
    path: str
    kind: Literal["file", "executable", "symlink", "submodule", "folder"]
    mode: str = Field(description="as git has it, in octal digits")
    oid: str
    size: int | None = Field(description="bytes; null for folders and submodules")
    last_commit: CommitShape | None = Field(None, description="the newest commit that changed it, if asked for")


class TreeShape(Model):
    """A folder of a commit."""

    commit: str
    path: str
    items: list[EntryShape]
    following: str = Field("", description="pass it as `after` to get the next page; empty at the end")
    complete: bool = Field(True, description="false when last commits are missing, since finding them took too long")


class FileShape(Model):
    """A file of a commit."""

    commit: str
    path: str
    oid: str
    kind: str
    size: int
    binary: bool
    encoding: Literal["utf-8", "base64"] = Field(description="of `content`")
    content: str = Field(description="the first bytes, up to the limit of the installation")
    complete: bool = Field(description="whether `content` is all of it")
    lfs_oid: str = Field(description="of a pointer to Git LFS: the object's SHA-256")
    lfs_size: int | None


class RefShape(Model):
    """A branch or tag."""

    name: str
    ref: str
    sha: str | None = Field(description="the commit that it leads to; null for a tag of something else")
    time: datetime
    ahead: int | None = Field(None, description="commits that the default branch lacks, if asked for")
    behind: int | None = None
    default: bool = False


class ChangeShape(Model):
    """What happened to a file."""

    status: str
    path: str
    old_path: str
    additions: int | None = Field(description="lines; null for binary files")
    deletions: int | None
    binary: bool


class LineShape(Model):
    """A line of a diff."""

    sign: Literal["+", "-", " "]
    text: str
    old: int | None
    new: int | None


class HunkShape(Model):
    """A part of a file that changed, with the lines around it."""

    heading: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: list[LineShape]


class PatchShape(ChangeShape):
    """A file that changed, with its hunks."""

    hunks: list[HunkShape]
    hidden: str = Field(description="why there are no hunks; empty when there are")
    complete: bool


class DiffShape(Model):
    """What changed between two states: all files, and the hunks of some of them."""

    old: str
    new: str
    files: list[ChangeShape]
    additions: int
    deletions: int
    complete: bool = Field(description="false when there are more files than are listed")
    patches: list[PatchShape]
    following: str = Field(description="pass it as `after` to get the hunks of the next files")


class CompareShape(Model):
    """One commit beside another."""

    base: str
    head: str
    merge_base: str | None
    ahead: int | None
    behind: int | None
    commits: list[CommitShape]
    diff: DiffShape


class RegionShape(Model):
    """Lines that one commit last changed."""

    first: int
    lines: int
    commit: str
    path: str
    original: int


class BlameShape(Model):
    """Who last changed each line."""

    commit: str
    path: str
    regions: list[RegionShape]
    commits: dict[str, CommitShape]
    complete: bool = Field(description="false when finding it took too long")


class MatchLineShape(Model):
    """A line of a file that matches, or one beside it."""

    number: int
    text: str
    match: bool


class MatchShape(Model):
    """A file in which something was found."""

    path: str
    commit: str
    lines: list[MatchLineShape]


class SearchShape(Model):
    """What was found."""

    items: list[MatchShape]
    following: str
    complete: bool = Field(description="false when the search took too long or the index is behind: go on by `after`")
    searched: int | None = Field(description="of how many files it is known when the time was up; else null")
    files: int | None = Field(description="how many files there are, told with `searched`")


class PathsShape(Model):
    """All files of a commit."""

    commit: str
    items: list[str]
    following: str
    complete: bool


def person_shape(person: objects.Person) -> PersonShape:
    """Return an author or committer as the API shows them."""
    return PersonShape(name=person.name, email=person.email, time=person.time)


def commit_shape(commit: objects.Commit, verdict: Verdict | None = None) -> CommitShape:
    """Return a commit as the API shows it. ``verdict``: over its signature, where that was asked."""
    return CommitShape(
        sha=commit.oid,
        parents=list(commit.parents),
        author=person_shape(commit.author),
        committer=person_shape(commit.committer),
        subject=commit.subject,
        body=commit.body,
        trailers=[(trailer.key, trailer.value) for trailer in commit.trailers],
        signed=bool(commit.signature),
        verification=verification_shape(verdict) if verdict else None,
    )


def entry_shape(entry: trees.Entry, last: objects.Commit | None) -> EntryShape:
    """Return an entry of a folder as the API shows it."""
    return EntryShape(
        name=entry.name,
        path=entry.path,
        kind=entry.kind,
        mode=f"{entry.mode:06o}",
        oid=entry.oid,
        size=entry.size,
        last_commit=commit_shape(last) if last else None,
    )


def file_shape(commit: str, file: blobs.File) -> FileShape:
    """Return a file as the API shows it: text as it is, anything else in base64."""
    data = file.content.data
    try:
        content, encoding = data.decode(), "utf-8"
    except UnicodeDecodeError:
        content, encoding = base64.b64encode(data).decode(), "base64"
    return FileShape(
        commit=commit,
        path=file.entry.path,
        oid=file.entry.oid,
        kind=file.entry.kind,
        size=file.content.size,
        binary=file.binary,
        encoding=encoding,
        content=content,
        complete=file.content.complete,
        lfs_oid=file.large_file.sha256 if file.large_file else "",
        lfs_size=file.large_file.size if file.large_file else None,
    )


def ref_shape(ref: refs.Ref, default: str | None) -> RefShape:
    """Return a branch or tag as the API shows it."""
    return RefShape(name=ref.name, ref=ref.full, sha=ref.commit, time=ref.time, default=ref.name == default)


def change_shape(change: diffs.FileChange) -> ChangeShape:
    """Return what happened to a file."""
    return ChangeShape(**_change_values(change))


def patch_shape(patch: patches.Patch) -> PatchShape:
    """Return the hunks of a file."""
    hunks = [
        HunkShape(
            heading=hunk.heading,
            old_start=hunk.old_start,
            old_count=hunk.old_count,
            new_start=hunk.new_start,
            new_count=hunk.new_count,
            lines=[LineShape(sign=line.sign, text=line.text, old=line.old, new=line.new) for line in hunk.lines],
        )
        for hunk in patch.hunks
    ]
    return PatchShape(hunks=hunks, hidden=patch.hidden, complete=patch.complete, **_change_values(patch.change))


def blame_shape(commit: str, path: str, found: blames.Blame) -> BlameShape:
    """Return who last changed each line."""
    return BlameShape(
        commit=commit,
        path=path,
        regions=[RegionShape(**region._asdict()) for region in found.regions],
        commits={oid: commit_shape(each) for oid, each in found.commits.items()},
        complete=found.complete,
    )


def match_shape(match: search.FileMatch) -> MatchShape:
    """Return a file in which something was found."""
    lines = [MatchLineShape(number=line.number, text=line.text, match=line.match is not None) for line in match.lines]
    return MatchShape(path=match.path, commit=match.commit, lines=lines)


def _change_values(change: diffs.FileChange) -> dict[str, object]:
    names = ("status", "path", "old_path", "additions", "deletions", "binary")
    return {name: getattr(change, name) for name in names}
