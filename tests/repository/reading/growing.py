"""Small histories that grew by chance: branches, merges, picks, renames, odd names, changes of modes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.repository.reading.building import Bare, Put

if TYPE_CHECKING:
    from pathlib import Path

NAMES: tuple[bytes, ...] = (
    b"a.txt", b"B", b"d/a.txt", b"d/e/f.py", b"d-e", b"d.e/x", b"sp ace/ in\tside", b'quo"te\\', b"new\nline",
    b"caf\xe9", "ünï/ö.txt".encode(), b"-dash", b"*", b"[a]", b":(top)x", b"g/\x01", b"HEAD", "\uf7e9".encode(),
)  # fmt: skip
BRANCHES = ("main", "main", "side", "topic/ü", "topic-x", "main.old")
_Files = dict[bytes, Put]


class _Growth:
    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.bare = Bare(folder)
        self.files: dict[int, _Files] = {}
        self.heads: dict[str, int] = {}

    def grow(self) -> None:
        branch = self.chance.choice(BRANCHES)
        if not self.files:
            self._commit("main", (), {name: self._new() for name in self.chance.sample(NAMES, 8)}, {})
        elif branch not in self.heads:
            parent = self.chance.choice(list(self.files))
            self._commit(branch, (parent,), self._changed(self.files[parent]), self.files[parent])
        elif len(self.heads) > 1 and self.chance.random() < 0.3:
            self._merge(branch, self.chance.choice([name for name in self.heads if name != branch]))
        else:
            before = self.files[self.heads[branch]]
            self._commit(branch, (self.heads[branch],), self._changed(before), before)

    def _merge(self, branch: str, other: str) -> None:
        ours, theirs = self.files[self.heads[branch]], self.files[self.heads[other]]
        # Of each file one side wins; now and then neither, as where a conflict was resolved.
        merged = {name: put for name in {**ours, **theirs} if (put := self.chance.choice((ours, theirs)).get(name))}
        if merged and self.chance.random() < 0.3:
            merged = self._changed(merged)
        self._commit(branch, (self.heads[branch], self.heads[other]), merged, ours)

    def _commit(self, branch: str, parents: tuple[int, ...], after: _Files, before: _Files) -> None:
        changes = {name: after.get(name) for name in sorted({*before, *after}) if before.get(name) != after.get(name)}
        mark = self.bare.commit(changes, branch=branch, parents=parents, message=f"Change {len(self.files)}")
        self.files[mark] = after
        self.heads[branch] = mark

    def _changed(self, before: _Files) -> _Files:
        after = dict(before)
        for _ in range(self.chance.choice((0, 1, 1, 2, 3))):
            act = self.chance.choice((self._add, self._edit, self._edit, self._move, self._remove, self._mode))
            act(after)
        if self.chance.random() < 0.2:
            # As a pick: the very content that a file has elsewhere.
            elsewhere = self.chance.choice(list(self.files.values())) or {NAMES[0]: self._new()}
            name = self.chance.choice(sorted(elsewhere))
            after[name] = elsewhere[name]
        return after

    def _add(self, files: _Files) -> None:
        files[self.chance.choice(NAMES)] = self._new()

    def _edit(self, files: _Files) -> None:
        if name := self._any(files):
            lines = files[name].data.splitlines(keepends=True)
            place = self.chance.randint(0, len(lines))
            lines[place : place + self.chance.randint(0, 2)] = self._lines(self.chance.randint(0, 2))
            files[name] = files[name]._replace(data=b"".join(lines))

    def _move(self, files: _Files) -> None:
        if name := self._any(files):
            files[self.chance.choice(NAMES)] = files.pop(name)

    def _remove(self, files: _Files) -> None:
        if len(files) > 1 and (name := self._any(files)):
            del files[name]

    def _mode(self, files: _Files) -> None:
        if name := self._any(files):
            files[name] = files[name]._replace(mode=self.chance.choice(("100644", "100755", "120000")))

    def _any(self, files: _Files) -> bytes | None:
        return self.chance.choice(sorted(files)) if files else None

    def _new(self) -> Put:
        kind = self.chance.random()
        if kind < 0.1:
            return Put(self.chance.randbytes(40) + b"\0")
        data = b"".join(self._lines(self.chance.randint(0, 25)))
        return Put(data.removesuffix(b"\n") if kind < 0.2 else data, self.chance.choice(("100644", "100644", "100755")))

    def _lines(self, count: int) -> list[bytes]:
        ends = (b"\n", b"\n", b"\n", b"\r\n")
        # Few different lines, so that the same ones are found in several files and on several branches.
        return [b"%s %d%s" % (b"x" * 10, self.chance.randint(0, 40), self.chance.choice(ends)) for _ in range(count)]


def grown(folder: Path, seed: int, commits: int = 30) -> Bare:
    """Return a repository whose history grew by chance."""
    growth = _Growth(folder, seed)
    for _ in range(commits):
        growth.grow()
    return growth.bare.build()
