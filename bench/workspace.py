"""How long a tree of 10,000 files and 500 MB takes to become a job's workspace, with a warm cache."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from headway.integration.execution.workspace import SourceTree, copy_tree, remove_tree
from headway.kernel.copying import spread_out

FILES = 10_000
BYTES = 500_000_000


def make_tree(root: Path) -> None:
    """Make files whose sizes are spread like those of a repository: many small ones, few large ones."""
    large = [2_000_000] * 200
    small = [(BYTES - sum(large)) // (FILES - len(large))] * (FILES - len(large))
    for number, size in enumerate(large + small):
        folder = root / f"folder{number % 200}" / f"part{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.bin").write_bytes(os.urandom(min(size, 4096)) + bytes(max(0, size - 4096)))


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root, work = Path(scratch) / "tree", Path(scratch) / "work"
        work.mkdir()
        spread_out(str(work))  # as a run does
        make_tree(root)
        settings = ("user.name=Ada", "user.email=ada@example.org", "core.compression=0", "gc.auto=0")
        git = ["git", *(word for setting in settings for word in ("-c", setting))]
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
            subprocess.run([*git, *arguments], cwd=root, check=True)
        tree = SourceTree(str(root), str(root / ".git"), str(root / ".git"))
        ours, plain = [], []
        for _ in range(7):
            target = work / str(time.time_ns())
            os.sync()  # nobody pays for what others have yet to write
            start = time.perf_counter()
            copied = copy_tree(tree, str(target))
            ours.append(time.perf_counter() - start)
            assert copied.files == FILES
            remove_tree(str(target))
            target = work / str(time.time_ns())
            target.mkdir()
            os.sync()  # nobody pays for what others have yet to write
            start = time.perf_counter()
            subprocess.run(["cp", "-a", "-t", str(target), *map(str, root.glob("folder*"))], check=True)
            plain.append(time.perf_counter() - start)
            shutil.rmtree(target)
        mine, theirs = statistics.median(ours), statistics.median(plain)
        name = "workspace of 10,000 files, 500 MB"
        print(f"{name:36} {mine * 1000:7.1f} ms (limit 1500 ms)   cp -a {theirs * 1000:.0f} ms")
