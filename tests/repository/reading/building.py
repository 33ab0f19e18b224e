"""Bare repositories for tests, made in one go by `git fast-import`."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

START = 1_700_000_000
Path_ = str | bytes


class Put(NamedTuple):
    """What to put at a path: bytes, or the id of a commit for a submodule; as fast-import writes modes."""

    data: bytes
    mode: str = "100644"


def git(folder: Path, *arguments: str, given: bytes = b"") -> str:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    done = subprocess.run(
        ["git", "--git-dir", str(folder), *arguments], input=given, capture_output=True, check=True, env=environment
    )
    return done.stdout.decode(errors="surrogateescape").strip()


class Bare:
    """A bare repository. `commit` notes commits, `build` makes them; each gets its id then."""

    def __init__(self, folder: Path, name: str = "shop.git", head: str = "main") -> None:
        self.path = folder / name
        self._stream: list[bytes] = []
        self._marks = 0
        self._last: dict[bytes, int] = {}
        self._time = START
        self.ids: dict[int, str] = {}
        git(self.path, "init", "-q", "--bare", "-b", head)

    def commit(
        self,
        files: Mapping[Any, bytes | str | Put | None],
        message: str | bytes = "Change something",
        branch: str = "main",
        parents: Sequence[int] | None = None,
        author: bytes = b"Ada Lovelace <ada@example.org>",
        full: str = "",
    ) -> int:
        """Note a commit on a branch; files that are None are removed. Return its mark."""
        self._marks += 1
        self._time += 60
        message = message.encode() if isinstance(message, str) else message
        who = author + b" %d +0200\n" % self._time
        part = [b"commit %s\nmark :%d\n" % ((full or f"refs/heads/{branch}").encode(), self._marks)]
        part.append(b"author " + who + b"committer " + who + b"data %d\n%s\n" % (len(message), message))
        before = self._last.get(part[0].split(b"\n")[0])
        for position, parent in enumerate((before,) if parents is None and before else parents or ()):
            part.append(b"%s :%d\n" % (b"merge" if position else b"from", parent))
        self._last[part[0].split(b"\n")[0]] = self._marks
        if parents == ():
            part.insert(0, b"reset %s\n" % (full or f"refs/heads/{branch}").encode())
        part.extend(_file(path, content) for path, content in files.items())
        self._stream.extend([*part, b"\n"])
        return self._marks

    def build(self, *, packed: bool = False) -> Bare:
        """Make what was noted."""
        marks = self.path / "marks"
        options = [
            "--quiet",
            "--date-format=raw",
            "--force",
            f"--export-marks={marks}",
            f"--import-marks-if-exists={marks}",
        ]
        limit = f"fastimport.unpackLimit={1 if packed else 100}"
        git(self.path, "-c", limit, "fast-import", *options, given=b"".join(self._stream))
        self._stream.clear()
        lines = marks.read_text().splitlines()
        self.ids = {int(line.split()[0][1:]): line.split()[1] for line in lines}
        return self

    def git(self, *arguments: str, given: bytes = b"") -> str:
        return git(self.path, *arguments, given=given)

    def raw(self, kind: str, data: bytes) -> str:
        """Write an object as it is, however strange."""
        return self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", given=data)


def _file(path: Path_, content: bytes | str | Put | None) -> bytes:
    name = _quoted(path.encode() if isinstance(path, str) else path)
    if content is None:
        return b"D %s\n" % name
    put = content if isinstance(content, Put) else Put(content.encode() if isinstance(content, str) else content)
    if put.mode == "160000":
        return b"M 160000 %s %s\n" % (put.data, name)
    return b"M %s inline %s\ndata %d\n%s\n" % (put.mode.encode(), name, len(put.data), put.data)


def _quoted(path: bytes) -> bytes:
    return b'"' + b"".join(bytes([c]) if 32 <= c < 127 and c not in b'"\\' else b"\\%03o" % c for c in path) + b'"'
