"""Reading a large repository, and building the index that makes it fast. The repository is made once, and kept.

`HEADWAY_BENCH` names the folder for it; otherwise it is `headway-bench` in the folder for temporary files.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.large import DEEP, HOT, SEED, WIDE, generate
from headway.repository.reading import (
    blame,
    blobs,
    commits,
    comparing,
    diffs,
    history,
    listing,
    maintenance,
    open_repository,
    patches,
    refs,
    resolve,
    search,
    trees,
)
from headway.repository.reading.index import building, store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.repository.reading import Repository

LIMIT = 60.0
ROUNDS = 60


class Sample(NamedTuple):
    """What is read, chosen by a fixed seed."""

    tip: str
    commits: list[str]
    files: list[str]
    branches: list[refs.Ref]
    words: list[str]


def main() -> None:
    folder = Path(os.environ.get("HEADWAY_BENCH") or Path(tempfile.gettempdir()) / "headway-bench")
    folder.mkdir(parents=True, exist_ok=True)
    bare = folder / "large.git"
    if (bare.exists() and not (bare / "made").exists()) or os.environ.get("HEADWAY_BENCH_ANEW"):
        shutil.rmtree(bare, ignore_errors=True)
    if seconds := generate(bare):
        print(f"{'generate the repository':36} {seconds:8.1f} s")
    repository = open_repository(bare)
    build(repository)
    sample = chosen(repository)
    read(repository, sample)
    push(repository, sample)


def build(repository: Repository) -> None:
    start = time.perf_counter()
    maintenance.maintain(repository)
    print(f"{'maintenance':36} {time.perf_counter() - start:8.1f} s")
    store.replace(repository.path)
    steps: list[float] = []
    start = before = time.perf_counter()
    for _ in building.update(repository):
        steps.append(time.perf_counter() - before)
        before = time.perf_counter()
    file = Path(repository.path) / store.LINK
    print(
        f"{'build the index':36} {time.perf_counter() - start:8.1f} s (limit 180 s), {file.stat().st_size >> 20} MiB, "
        f"longest of {len(steps)} steps {max(steps):.1f} s"
    )


def chosen(repository: Repository) -> Sample:
    chance = random.Random(SEED)
    tip = resolve(repository, "main").commit
    every = listing.paths(repository, tip).items
    files = [path for path in chance.sample(every, 200) if not path.startswith(WIDE)]
    recent = [one.oid for one in history.of_commit(repository, tip, limit=500).items]
    lines = [line.split() for path in files for line in blobs.lines(blobs.file(repository, tip, path)).lines]
    words = [" ".join(line[1:3]) for line in lines if len(line) > 3]
    branches = list(refs.branches(repository, limit=1000).items)
    return Sample(tip, chance.sample(recent, 100), files, branches, chance.sample(words, 100))


def read(repository: Repository, sample: Sample) -> None:
    tip = sample.tip
    old = history.of_commit(repository, tip, limit=500).items[-1].oid
    paths, oids, words, branches = (
        cycle(sample.files),
        cycle(sample.commits),
        cycle(sample.words),
        cycle(sample.branches),
    )
    folders = cycle([path.rpartition("/")[0] for path in sample.files])

    def folder(path: str, limit: int = 1000) -> None:
        page = trees.folder(repository, tip, path, limit=limit)
        assert history.last_commits(repository, tip, path, [entry.name for entry in page.items]).complete

    def diff(oid: str) -> None:
        patches.page(repository, diffs.of_commit(repository, oid))

    def branch_page() -> None:
        for ref in refs.branches(repository, order="newest", limit=30).items:
            history.ahead_behind(repository, tip, ref.commit or tip)

    def compare(ref: refs.Ref) -> None:
        found = comparing.compare(repository, tip, ref.commit or tip)
        comparing.ahead(repository, tip, ref.commit or tip)
        patches.page(repository, found.diff)

    measured("resolve a ref with a path", lambda: resolve(repository, f"main/{next(paths)}"))
    measured("root folder with last commits", lambda: folder(""))
    measured(f"wide folder, 1000 of {len(trees.folder(repository, tip, WIDE, limit=5000).items)}", lambda: folder(WIDE))
    measured("wide folder, whole", lambda: folder(WIDE, 5000))
    measured("deep folder with last commits", lambda: folder(DEEP))
    measured("some folder with last commits", lambda: folder(next(folders)))
    measured("file with its lines", lambda: blobs.lines(blobs.file(repository, tip, next(paths))))
    measured("commits of the default branch", lambda: history.of_commit(repository, tip))
    measured("commits of an old commit", lambda: history.of_commit(repository, old))
    measured("commits of a branch", lambda: history.of_commit(repository, next(branches).commit or tip))
    measured("history of a file", lambda: history.of_path(repository, tip, next(paths)))
    measured("history of a file, renames followed", lambda: history.of_path(repository, tip, next(paths), follow=True))
    measured("history of a much changed file", lambda: history.of_path(repository, tip, HOT[0]))
    measured("history of a folder", lambda: history.of_path(repository, tip, next(folders)))
    measured("one commit with its diff", lambda: diff(next(oids)))
    measured("30 of 1000 branches, ahead and behind", branch_page)
    measured("compare a branch", lambda: compare(next(branches)))
    measured("search two words", lambda: search.code(repository, next(words)))
    measured("search one word", lambda: search.code(repository, next(words).split()[0]))
    measured("search in a folder", lambda: search.code(repository, next(words).split()[0], path="src/"))
    measured("search what is nowhere", lambda: search.code(repository, next(words)[::-1] + "qj"))
    expressions(repository, words)
    listing.forget()
    once("all 100,000 paths, first time", lambda: listing.paths(repository, tip), LIMIT)
    measured("all 100,000 paths, again", lambda: listing.paths(repository, tip))
    once("blame of a much changed file", lambda: blame.blame(repository, tip, HOT[0]), 10_000)
    measured("the same blame, again", lambda: blame.blame(repository, tip, HOT[0]))


def expressions(repository: Repository, words: Iterator[str]) -> None:
    """Those with few and many results, and those with none: it is they that look at all that could match."""

    def word() -> str:
        return next(words).split()[0]

    kinds: dict[str, Callable[[], str]] = {
        r"two words, \s+ between": lambda: next(words).replace(" ", r"\s+"),
        "one word or another": lambda: f"{word()}|{word()}",
        "a class, an end of a word": lambda: f"{word()}[a-f]{{0,2}}\\b",
        "at the beginning of a line": lambda: f"^\\s*{word()}",
        "a call that is nowhere": lambda: f"{word()}\\(.*{word()}\\)",
        "one of two words, then a third": lambda: f"({word()}|{word()}) {word()}",
        "everything": lambda: r"\w+",
        "without any trigram, nowhere": lambda: r"[0-9]{9}",
    }
    for name, pattern in kinds.items():
        measured(name, partial(searched, repository, pattern))
    measured("two words, exact case", partial(searched, repository, kinds[r"two words, \s+ between"], True))


def searched(repository: Repository, pattern: Callable[[], str], case_sensitive: bool = False) -> None:
    search.code(repository, pattern(), regex=True, case_sensitive=case_sensitive)


def push(repository: Repository, sample: Sample) -> None:
    """One commit at a time on the default branch, as after a push."""
    times: list[float] = []
    tip = sample.tip
    for number in range(15):
        tip = committed(repository, tip, sample.files[number])
        start = time.perf_counter()
        list(building.update(repository))
        times.append(time.perf_counter() - start)
        assert history.of_path(repository, tip, sample.files[number]).items[0].commit.oid == tip
    report("index after a push of one commit", times[1:], 100.0)
    start = time.perf_counter()
    maintenance.commit_graph(repository)
    print(f"{'commit graph after these pushes':36} {(time.perf_counter() - start) * 1000:8.1f} ms")
    subprocess.run(["git", f"--git-dir={repository.path}", "update-ref", "refs/heads/main", sample.tip], check=True)
    list(building.update(repository))


def committed(repository: Repository, parent: str, path: str) -> str:
    subject = commits.commit(repository, parent).subject.encode()
    stream = b"commit refs/heads/main\ncommitter A <a@example.org> 1800000000 +0000\ndata %d\n%s\nfrom %s\n" % (
        len(subject), subject, parent.encode(),
    )  # fmt: skip
    content = b"changed after %s\n" % parent.encode()
    stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
    command = ["git", f"--git-dir={repository.path}", "fast-import", "--quiet", "--force"]
    subprocess.run(command, input=stream, check=True)
    return resolve(repository, "refs/heads/main").commit


def measured(name: str, act: Callable[[], object]) -> None:
    """Do it many times, warm, and print median and 95th percentile."""
    act()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    report(name, times, LIMIT)


def once(name: str, act: Callable[[], object], limit: float) -> None:
    start = time.perf_counter()
    act()
    print(f"{name:36} {(time.perf_counter() - start) * 1000:8.1f} ms (limit {limit:g} ms)")


def report(name: str, times: list[float], limit: float) -> None:
    high = statistics.quantiles(times, n=20)[-1] * 1000
    print(f"{name:36} {statistics.median(times) * 1000:8.2f} ms, p95 {high:7.2f} ms (limit {limit:g} ms)")
