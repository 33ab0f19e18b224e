"""What is read of histories that grew by chance is what git itself says of them, with an index and without."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import (
    archives,
    blame,
    commits,
    comparing,
    diffs,
    history,
    listing,
    names,
    process,
    refs,
    trees,
)
from headway.repository.reading.errors import PathMissingError
from tests.repository.reading.growing import grown
from tests.repository.reading.test_history import both_ways, whole

if TYPE_CHECKING:
    from pathlib import Path

    from headway.repository.reading import Repository
    from headway.repository.reading.diffs import Diff

Counts = dict[str, tuple[int | None, int | None, str]]


@pytest.fixture(params=range(4))
def twice(request: pytest.FixtureRequest, tmp_path: Path) -> list[Repository]:
    """Return one repository without an index, and with one."""
    return both_ways(grown(tmp_path, request.param))


def asked(repository: Repository, *arguments: str) -> bytes:
    return repository.ask(*arguments)


def lines(repository: Repository, *arguments: str) -> list[str]:
    return asked(repository, *arguments).decode().split("\n")[:-1]


def heads(repository: Repository) -> list[str]:
    return sorted(set(lines(repository, "for-each-ref", "--format=%(objectname)", "refs/heads")))


def files(repository: Repository, commit: str) -> list[bytes]:
    return asked(repository, "ls-tree", "-r", "-z", "--name-only", commit).split(b"\0")[:-1]


def touching(repository: Repository, commit: str, path: bytes) -> set[str]:
    """All that changed a file here, by `git log`; merges only where a file differs from that of each parent."""
    given = ("log", "--full-history", "--format=%H", commit)
    where = ("--", process.argument(path))
    found = set(lines(repository, *given, "--no-merges", *where))
    for line in lines(repository, "rev-list", "--merges", "--parents", commit):
        merge, *parents = line.split(" ")
        different = (
            set(asked(repository, "diff-tree", "-r", "-z", "--name-only", parent, merge, *where).split(b"\0")[:-1])
            for parent in parents
        )
        if set.intersection(*different):
            found.add(merge)
    return found


def test_the_history_of_a_path_is_that_of_git_with_all_sides(twice: list[Repository]) -> None:
    for commit in heads(twice[0])[:3]:
        every = files(twice[0], commit)
        for path in sorted({*every[:8], b"d", b"caf\xe9", b"nowhere"}):
            expected = touching(twice[0], commit, path)
            plain = lines(twice[0], "log", "--no-merges", "--format=%H", commit, "--", process.argument(path))
            assert set(plain) <= expected
            for repository in twice:
                found = whole(repository, commit, names.decode(path), limit=4)
                assert (set(found), len(found)) == (expected, len(expected)), path
            # Without an index they come by their dates, of which no two are the same here.
            assert whole(twice[0], commit, names.decode(path)) == sorted(
                expected, key=lambda oid: commits.commit(twice[0], oid).committer.time, reverse=True
            )


def test_the_blame_of_a_file_is_that_of_git(twice: list[Repository]) -> None:
    for commit in heads(twice[0]):
        for path in files(twice[0], commit):
            expected = blamed(twice[0], commit, path)
            for repository in twice:
                try:
                    found = blame.blame(repository, commit, names.decode(path))
                except PathMissingError:
                    assert trees.entry(repository, commit, names.decode(path)).kind == "symlink"
                    continue
                told = {
                    region.first + number: (region.commit, region.path, region.original + number)
                    for region in found.regions
                    for number in range(region.lines)
                }
                assert told == expected, (commit, path)


def blamed(repository: Repository, commit: str, path: bytes) -> dict[int, tuple[str, str, int]]:
    """What `git blame` says of each line: the commit, and what its file and number were there."""
    found: dict[int, tuple[str, str, int]] = {}
    where: dict[str, str] = {}
    pending = ("", 0, 0)
    for line in asked(repository, "blame", "--line-porcelain", commit, "--", process.argument(path)).split(b"\n"):
        first, _, rest = line.partition(b" ")
        if process.is_oid(first.decode(errors="replace")):
            numbers = rest.split(b" ")
            pending = first.decode(), int(numbers[0]), int(numbers[1])
        elif first == b"filename":
            where[pending[0]] = unquoted(rest)
        elif line.startswith(b"\t"):
            found[pending[2]] = pending[0], where[pending[0]], pending[1]
    return found


def unquoted(name: bytes) -> str:
    if name.startswith(b'"'):
        name = name[1:-1].decode("unicode_escape").encode("latin-1")
    return names.decode(name)


def test_a_comparison_is_that_of_git(twice: list[Repository]) -> None:
    every = heads(twice[0])
    for base in every[:4]:
        for head in every:
            ancestors = lines(twice[0], "merge-base", "--all", base, head)
            counted = lines(twice[0], "rev-list", "--left-right", "--count", f"{base}...{head}")
            behind, ahead = map(int, counted[0].split("\t"))
            only = lines(twice[0], "rev-list", head, f"^{base}")
            for repository in twice:
                found = comparing.compare(repository, base, head)
                assert found.merge_base in ancestors
                assert found.distance == (ahead, behind)
                assert counts(found.diff) == numstat(repository, str(found.merge_base), head)
                assert counts(comparing.compare(repository, base, head, dots=2).diff) == numstat(repository, base, head)
                page = comparing.ahead(repository, base, head, limit=500)
                assert {one.oid for one in page.items} == set(only)
                assert comparing.can_fast_forward(repository, base, head) == (behind == 0)


def test_the_diff_of_a_commit_is_that_of_git(twice: list[Repository]) -> None:
    repository = twice[0]
    for line in lines(repository, "rev-list", "--all", "--parents"):
        commit, *parents = line.split(" ")
        found = diffs.of_commit(repository, commit)
        before = parents[0] if parents else ""
        assert counts(found) == numstat(repository, before, commit)
        assert modes(found) == raw(repository, before, commit)


def counts(diff: Diff) -> Counts:
    return {one.path: (one.additions, one.deletions, one.old_path) for one in diff.files}


def modes(diff: Diff) -> set[tuple[int, int, str, str]]:
    return {(one.old_mode, one.mode, one.old_oid, one.oid) for one in diff.files}


def numstat(repository: Repository, old: str, new: str) -> Counts:
    sides = (old, new) if old else ("--root", "--no-commit-id", new)
    fields = iter(asked(repository, "diff-tree", "-r", "-z", "-M", "--numstat", *sides).split(b"\0")[:-1])
    found: Counts = {}
    for field in fields:
        added, removed, name = field.split(b"\t", 2)
        before = name or next(fields)
        after = name or next(fields)
        number = (None, None) if added == b"-" else (int(added), int(removed))
        found[names.decode(after)] = (*number, names.decode(before))
    return found


def raw(repository: Repository, old: str, new: str) -> set[tuple[int, int, str, str]]:
    sides = (old, new) if old else ("--root", "--no-commit-id", new)
    fields = asked(repository, "diff-tree", "-r", "-z", "-M", "--raw", "--no-abbrev", *sides).split(b"\0")
    heads_ = [field[1:].decode().split(" ") for field in fields if field.startswith(b":") and field.count(b" ") == 4]
    return {(int(one[0], 8), int(one[1], 8), one[2], one[3]) for one in heads_}


def test_folders_are_those_of_git_and_so_is_the_last_commit_of_each_entry(twice: list[Repository]) -> None:
    for commit in heads(twice[0])[:4]:
        touched: dict[str, set[str]] = {}
        linear = not lines(twice[0], "rev-list", "--merges", commit)
        for folder in (b"", b"d", b"d/e"):
            expected = listed(twice[0], commit, folder)
            for repository in twice if expected else ():
                page = trees.folder(repository, commit, names.decode(folder))
                assert {one.path: (one.mode, one.oid, one.size) for one in page.items} == expected
                last = history.last_commits(repository, commit, names.decode(folder), [one.name for one in page.items])
                assert last.complete
                for one in page.items:
                    found = last.commits[one.name].oid
                    every = touched.get(one.path) or touching(repository, commit, names.encode(one.path))
                    touched[one.path] = every
                    after = lines(repository, "rev-list", "--ancestry-path", f"{found}..{commit}")
                    assert found in every
                    assert not every & set(after)
                    if linear:
                        path = process.argument(names.encode(one.path))
                        assert lines(repository, "log", "-1", "--format=%H", commit, "--", path) == [found]


def listed(repository: Repository, commit: str, folder: bytes) -> dict[str, tuple[int, str, int | None]]:
    where = [process.argument(folder + b"/")] if folder else []
    found: dict[str, tuple[int, str, int | None]] = {}
    for line in asked(repository, "ls-tree", "-z", "-l", commit, "--", *where).split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, _kind, oid, size = head.split()
        found[names.decode(path)] = int(mode, 8), oid.decode(), None if size == b"-" else int(size)
    return found


def test_all_paths_are_those_of_git(twice: list[Repository]) -> None:
    for commit in heads(twice[0]):
        for repository in twice:
            listing.forget()
            assert list(map(names.encode, listing.paths(repository, commit).items)) == files(repository, commit)


def test_branches_and_tags_are_those_of_git(twice: list[Repository]) -> None:
    repository = twice[0]
    every = heads(repository)
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for number, commit in enumerate(every):
        asked(repository, "update-ref", f"refs/tags/v1.{number}", commit)
        asked(repository, *identity, "tag", "-a", "-m", "A release", f"release/{number}", commit)
        asked(repository, *identity, "tag", "-a", "-m", "Of a tag", f"again-{number}", f"release/{number}")
    asked(repository, "update-ref", "refs/tags/tree", f"{every[0]}^{{tree}}")
    form = "--format=%(refname:lstrip=2)%00%(objectname)%00%(creatordate:unix)%00%(objecttype)"
    for prefix, found in (
        ("refs/heads", refs.branches(repository)),
        ("refs/tags", refs.tags(repository, order="name")),
    ):
        expected = [line.split("\0") for line in lines(repository, "for-each-ref", form, "--sort=refname", prefix)]
        assert [[one.name, one.oid] for one in found.items] == [fields[:2] for fields in expected]
        for one, (_, oid, time, kind) in zip(found.items, expected, strict=True):
            assert (int(one.time.timestamp()), one.annotated) == (int(time or 0), kind == "tag")
            end = lines(repository, "rev-parse", f"{oid}^{{}}")[0]
            assert one.commit == (end if lines(repository, "cat-file", "-t", end) == ["commit"] else None), one.name
    newest = [one.name for one in refs.branches(repository, order="newest").items]
    shown = ("--format=%(refname:lstrip=2)", "--sort=refname", "--sort=-committerdate", "refs/heads")
    assert newest == lines(repository, "for-each-ref", *shown)


def test_an_archive_holds_what_git_has(twice: list[Repository]) -> None:
    repository = twice[0]
    for commit in heads(repository)[:2]:
        packed = b"".join(archives.archive(repository, commit, "tar.gz", "shop"))
        assert members(packed) == members(asked(repository, "archive", "--format=tar", "--prefix=shop/", commit))
        found = members(packed)
        for path in files(repository, commit):
            entry = trees.entry(repository, commit, names.decode(path))
            mode, data = found["shop/" + process.argument(path)]
            content = repository.raw(entry.oid)[1]
            # A link cannot hold a NUL: what comes after one is lost to every archive.
            assert data == (content.partition(b"\0")[0] if entry.kind == "symlink" else content)
            assert entry.kind == "symlink" or bool(mode & 0o100) == (entry.kind == "executable")


def members(data: bytes) -> dict[str, tuple[int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        return {one.name: (one.mode, content(tar, one)) for one in tar.getmembers()}


def content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.issym():
        return member.linkname.encode(errors="surrogateescape")
    held = tar.extractfile(member) if member.isfile() else None
    return held.read() if held else b""
