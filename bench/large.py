"""A large repository, the same one on each machine: `python -m bench.large FOLDER [FILES COMMITS]`.

It has what makes repositories slow to read: a wide folder, a deep one, files that a great many commits touched, merges,
renames, a thousand branches.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import IO

SEED = 20_261_124
FILES, COMMITS, BRANCHES = 100_000, 50_000, 1000
WIDE, WIDE_ENTRIES = "data/records", 5000
DEEP = "/".join(["deep", *(f"level{number:02}" for number in range(1, 25))])
HOT = ("CHANGELOG.md", "src/core/engine.py")
START = 1_600_000_000
_SYLLABLES = [start + vowel for start in "b c d f g h l m n p r s t v st tr pl ch".split() for vowel in "aeiou"] + [
    "ing",
    "er",
]
_ENDINGS = ("py", "py", "py", "ts", "go", "md", "yaml", "json", "html", "sql")


class Generator:
    """Writes the stream of `git fast-import`."""

    def __init__(self, stream: IO[bytes], files: int, commits: int) -> None:
        self.random = random.Random(SEED)
        self.stream = stream
        self.files, self.commits = files, commits
        self.words = ["".join(self.random.choices(_SYLLABLES, k=self.random.randint(1, 4))) for _ in range(4000)]
        self.lines = [self.line() for _ in range(20_000)]
        self.people = [f"{self.word().title()} {self.word().title()} <{self.word()}@example.org>" for _ in range(200)]
        self.folders: list[str] = []
        self.contents: dict[str, bytes] = {}
        self.paths: list[str] = []
        self.mark = 0
        self.time = START

    def word(self) -> str:
        return self.random.choice(self.words)

    def line(self) -> str:
        start = self.random.choice(("", "", "    ", "    ", "        "))
        return start + " ".join(self.random.choices(self.words, k=self.random.randint(3, 9)))

    def content(self) -> bytes:
        return "\n".join(self.random.choices(self.lines, k=self.random.randint(8, 40))).encode() + b"\n"

    def layout(self) -> None:
        """Name the folders and the files."""
        tops = ["src/core", *(f"{top}/{self.word()}{number}" for number, top in enumerate(self._tops()))]
        self.folders = [f"{top}/{self.word()}{number}" for top in tops for number in range(12)]
        self.folders += [f"{folder}/{self.word()}" for folder in self.folders for _ in range(9)]
        names = [*HOT, *(f"{WIDE}/record-{number:05}.json" for number in range(WIDE_ENTRIES)), f"{DEEP}/bottom.txt"]
        names += ["README.md", "LICENSE", "setup.cfg", "docs/index.md"]
        for path in names[: self.files]:
            self.contents[path] = self.content()
        while len(self.contents) < self.files * 17 // 20:
            self.contents[self.new_path()] = self.content()
        self.paths = [path for path in self.contents if not path.startswith((WIDE, "CHANGELOG"))]

    def _tops(self) -> list[str]:
        return [
            top for top in ("src", "src", "src", "lib", "tests", "web", "tools", "services", "docs") for _ in range(5)
        ]

    def new_path(self) -> str:
        return f"{self.random.choice(self.folders)}/{self.word()}_{len(self.contents):x}.{self.random.choice(_ENDINGS)}"

    def commit(self, ref: str, message: str, changes: list[bytes], parents: tuple[int, ...] = ()) -> int:
        self.mark += 1
        self.time += self.random.randint(30, 4000)
        who = f"{self.people[min(int(self.random.expovariate(0.03)), 199)]} {self.time} +0000\n"
        head = f"commit {ref}\nmark :{self.mark}\nauthor {who}committer {who}data {len(message.encode())}\n{message}\n"
        kinds = ("from", *("merge",) * len(parents))
        links = "".join(f"{kind} :{parent}\n" for kind, parent in zip(kinds, parents, strict=False))
        self.stream.write(b"".join([head.encode(), links.encode(), *changes, b"\n"]))
        return self.mark

    def message(self) -> str:
        body = f"\n\n{self.line().strip()}\n\nSigned-off-by: {self.random.choice(self.people)}\n"
        return f"{self.word()}: {self.line().strip()}{body if self.random.random() < 0.3 else ''}"

    def put(self, path: str, content: bytes) -> bytes:
        self.contents[path] = content
        return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)

    def edited(self, path: str) -> bytes:
        lines = self.contents[path].split(b"\n")
        lines[self.random.randrange(len(lines))] = self.random.choice(self.lines).encode()
        if len(lines) < 400 and self.random.random() < 0.5:
            lines.insert(self.random.randrange(len(lines)), self.random.choice(self.lines).encode())
        return self.put(path, b"\n".join(lines))

    def changes(self) -> list[bytes]:
        """Return what one commit does: edits mostly, at times a new file, a renamed one, one of the hot or the wide."""
        dice = self.random.random()
        if dice < 0.05:
            return [self.edited(HOT[0]), self.edited(self.random.choice(self.paths))]
        if dice < 0.09:
            return [self.edited(HOT[1])]
        if dice < 0.10:
            return [self.edited(f"{WIDE}/record-{self.random.randrange(WIDE_ENTRIES):05}.json")]
        if dice < 0.105:
            return [self.edited(f"{DEEP}/bottom.txt")]
        if dice < 0.13:
            return self.renamed()
        if dice < 0.40 and len(self.contents) < self.files:
            path = self.new_path()
            self.paths.append(path)
            return [self.put(path, self.content())]
        near = self.random.randrange(len(self.paths) - 3)
        return [self.edited(path) for path in self.paths[near : near + self.random.randint(1, 3)]]

    def renamed(self) -> list[bytes]:
        position = self.random.randrange(10, len(self.paths))
        old = self.paths[position]
        if old in HOT:
            return [self.edited(old)]
        new = self.new_path()
        self.contents[new] = self.contents.pop(old)
        self.paths[position] = new
        return [b"R %s %s\n" % (old.encode(), new.encode()), self.edited(new)]

    def write(self) -> None:
        """Write it all."""
        self.layout()
        first = [self.put(path, content) for path, content in self.contents.items()]
        main = self.commit("refs/heads/main", "Begin", first)
        del first
        while self.mark < self.commits - 2 * BRANCHES:
            if self.random.random() < 0.04:
                main = self.merge(main)
            else:
                main = self.commit("refs/heads/main", self.message(), self.changes(), (main,))
            if self.mark % (self.commits // 100) == 0:
                self.stream.write(f"reset refs/tags/v{self.mark}\nfrom :{main}\n\n".encode())
        self.branches(main)

    def merge(self, main: int) -> int:
        """A side with a few commits, while the main branch moves too, and the merge of both."""
        parted = main
        main = self.commit("refs/heads/main", self.message(), self.changes(), (main,))
        side = parted
        brought: dict[bytes, bytes] = {}
        for _ in range(self.random.randint(1, 5)):
            path = self.new_path()
            change = self.put(path, self.content())
            self.paths.append(path)
            brought[path.encode()] = change
            side = self.commit("refs/heads/side", self.message(), [change], (side,))
        # fast-import begins a merge with the files of its first parent, so that those of the side are told again.
        return self.commit("refs/heads/main", f"Merge {self.word()}", list(brought.values()), (main, side))

    def branches(self, main: int) -> None:
        for number in range(BRANCHES):
            base = max(2, main - int(self.random.expovariate(0.002)))
            ref = f"refs/heads/{self.word()}/{self.word()}-{number}"
            one = self.commit(ref, self.message(), self.added(number), (base,))
            self.commit(ref, self.message(), self.added(number), (one,))

    def added(self, number: int) -> list[bytes]:
        content = self.content()
        return [b"M 100644 inline src/core/branch-%d.py\ndata %d\n%s\n" % (number, len(content), content)]


def generate(folder: Path, files: int = FILES, commits: int = COMMITS) -> float:
    """Make the repository, unless it is there. Return the seconds that it took."""
    if (folder / "made").exists():
        return 0.0
    start = time.monotonic()
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True, env=environment)
    command = ["git", f"--git-dir={folder}", "-c", "core.compression=1", "fast-import", "--quiet", "--date-format=raw"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        Generator(process.stdin, files, commits).write()
    if process.returncode:
        raise SystemExit(f"git fast-import ended with {process.returncode}")
    (folder / "made").touch()
    return time.monotonic() - start


if __name__ == "__main__":
    seconds = generate(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
    print(f"made in {seconds:.1f} s")
