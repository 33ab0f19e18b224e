"""`headway run` beside `act` in host mode: the same workflows, in turn, medians of eleven."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.whole import absolute, compare, compare_memory

ECHO = """
on: push
jobs:
  hello:
    runs-on: ubuntu-latest
    steps: [{run: echo hello}]
"""
TWENTY = "on: push\njobs:\n" + "".join(
    f"  job{number}:\n    runs-on: ubuntu-latest\n    steps: [{{run: echo {number}}}]\n" for number in range(20)
)
MATRIX = """
on: push
jobs:
  first:
    runs-on: ubuntu-latest
    outputs: {go: "${{ steps.go.outputs.go }}"}
    steps:
      - id: go
        run: echo "go=yes" >> "$GITHUB_OUTPUT"
  each:
    needs: first
    if: needs.first.outputs.go == 'yes'
    runs-on: ubuntu-latest
    strategy: {matrix: {os: [a, b, c], version: [1, 2, 3]}}
    steps:
      - run: echo "${{ matrix.os }} ${{ matrix.version }}"
      - if: matrix.version == 2
        run: echo two
      - if: failure()
        run: echo never
  last:
    needs: [first, each]
    runs-on: ubuntu-latest
    steps: [{run: "echo ${{ needs.first.outputs.go }}"}]
"""
CASES = (
    ("one job of one echo", ECHO, 1.5),
    ("20 independent jobs", TWENTY, 0.4),
    ("3x3 matrix, needs, outputs, if", MATRIX, 0.5),
)


def repository(folder: Path, text: str) -> Path:
    """Make a repository with one workflow and one commit."""
    folder.mkdir()
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/ci.yml").write_text(text, encoding="utf-8")
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    return folder


def main() -> None:
    binaries = Path(sys.executable).parent
    headway = str(binaries / "headway")
    act = [str(binaries / "act"), "push", "-P", "ubuntu-latest=-self-hosted", "--no-cache-server"]
    with tempfile.TemporaryDirectory() as scratch:
        for number, (name, text, limit) in enumerate(CASES):
            folder = repository(Path(scratch) / str(number), text)
            compare(name, [headway, "run"], act, folder, limit)
        for number, (name, _, _) in enumerate(CASES):
            compare_memory(f"peak memory, {name}", [headway, "run"], act, Path(scratch) / str(number), 1.5)
        absolute("headway --help", [headway, "--help"], Path(scratch), 0.15)
