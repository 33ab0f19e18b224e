"""Clone and push beside nginx with `git http-backend`; start-up, idle memory, and memory during a 1 GiB push."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from bench.large import generate
from bench.serving import Running, headway, http_backend, rss
from bench.whole import resident

COMMITS = 10_000
PUSHED = 1_000
_ROUNDS = 7


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="headway-transport-", dir=os.environ.get("HEADWAY_BENCH_DIR")))
    try:
        source = folder / "source.git"
        generate(source, 12_000, COMMITS)
        with headway(folder) as ours, http_backend(folder) as peer:
            print(f"first page after `headway up`, empty folder   {ours.first_page:5.2f} s (limit 3)")
            time.sleep(3)
            print(f"idle memory of all processes                  {resident(ours.pid):5.1f} MiB (limit 150)")
            _git("push", "--quiet", "--mirror", ours.remote("large"), at=source)
            shutil.copytree(source, peer.data / "large.git")
            subprocess.run(["git", "config", "http.receivepack", "true"], cwd=peer.data / "large.git", check=True)
            time.sleep(5)  # the index and the commit graph
            _clones(ours, peer, folder)
            _pushes(ours, peer, folder, source)
            _large_push(ours, folder)
        with headway(folder) as again:
            print(f"first page after a restart                    {again.first_page:5.2f} s (limit 3)")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clones(ours: Running, peer: Running, folder: Path) -> None:
    def clone(server: Running) -> float:
        target = folder / "clone"
        shutil.rmtree(target, ignore_errors=True)
        return _timed("clone", "--quiet", "--bare", server.remote("large"), str(target))

    _compare("clone of 10,000 commits", clone, ours, peer, 1.1)


def _pushes(ours: Running, peer: Running, folder: Path, source: Path) -> None:
    tip = _git("rev-parse", "HEAD", at=source)
    old = _git("rev-parse", f"HEAD~{PUSHED}", at=source)
    for server in (ours, peer):
        _git("push", "--quiet", server.remote("large"), f"{old}:refs/heads/base", at=source)
    base = folder / "base.git"
    _git("clone", "--quiet", "--bare", str(source), str(base))

    def push(server: Running) -> float:
        # To a repository of its own, so that the commits are new to it.
        name = f"push-{time.time_ns()}"
        if not server.token:
            subprocess.run(["git", "init", "--quiet", "--bare", str(server.data / f"{name}.git")], check=True)
        _git("push", "--quiet", server.remote(name), f"{old}:refs/heads/main", at=base)
        return _timed("push", "--quiet", server.remote(name), f"{tip}:refs/heads/main", at=base)

    _compare("push of 1,000 commits", push, ours, peer, 1.2)


def _large_push(ours: Running, folder: Path) -> None:
    work = folder / "huge"
    work.mkdir()
    _git("init", "--quiet", "--initial-branch=main", at=work)
    for number in range(4):
        with (work / f"part{number}").open("wb") as file:
            for _ in range(256):
                file.write(os.urandom(1024 * 1024))
    _git("add", ".", at=work)
    _git("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "1 GiB", at=work)
    before, peak, ended = rss(ours.pid), 0.0, threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, rss(ours.pid))
            time.sleep(0.02)

    sampler = threading.Thread(target=sample)
    sampler.start()
    seconds = _timed("push", "--quiet", ours.remote("huge"), "main", at=work)
    ended.set()
    sampler.join()
    print(f"push of 1 GiB: {seconds:.1f} s; the server's memory grew by {peak - before:.1f} MiB (limit 50)")


def _compare(name: str, action: object, ours: Running, peer: Running, limit: float) -> None:
    for server in (ours, peer):
        action(server)  # type: ignore[operator]
    pairs = [(action(ours), action(peer)) for _ in range(_ROUNDS)]  # type: ignore[operator]
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"{name:26} headway {mine * 1000:7.1f} ms   git http-backend {theirs * 1000:7.1f} ms   "
        f"ratio {ratio:5.2f} (limit {limit:g})"
    )


def _timed(*arguments: str, at: Path | None = None) -> float:
    start = time.perf_counter()
    _git(*arguments, at=at)
    return time.perf_counter() - start


def _git(*arguments: str, at: Path | None = None) -> str:
    place = ["-C", str(at)] if at else []
    environment = os.environ | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *place, *arguments], check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


if __name__ == "__main__":
    main()
