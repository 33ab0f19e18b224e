"""Headway's own workflow, run by Headway."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import HEADWAY

ROOT = Path(__file__).parents[1]


@pytest.mark.timeout(300)
def test_the_lint_job_of_this_repository_passes_under_headway(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    environment = f"HEADWAY_VENV={Path(sys.executable).parents[1]}"
    done = subprocess.run(
        [*HEADWAY, "run", "ci", "--job", "lint", "--plain", "--env", environment],
        cwd=ROOT,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "HEADWAY_CACHE_HOME": str(tmp_path / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lint: succeeded" in done.stdout


def test_the_workflows_of_this_repository_and_of_its_example_are_right() -> None:
    for folder in (ROOT, ROOT / "examples/greetings"):
        command = [*HEADWAY, "check", "--offline", "--strict", str(folder / ".github/workflows")]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
