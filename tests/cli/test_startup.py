"""A short run imports nothing that it does not need: that is what keeps it short."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.project import Project

BANNED = (
    "asyncio base64 click concurrent.futures ctypes dataclasses datetime docker email hashlib heapq http inspect json logging "
    "multiprocessing pathlib random rich select_ shutil socket ssl starlette subprocess tempfile urllib uuid uvicorn xml yaml"
).split()


def test_a_run_of_one_step_imports_nothing_heavy(project: Project) -> None:
    project.steps("- run: echo")
    assert project.run().code == 0  # parses and keeps the workflow
    script = "import sys; from headway.cli.main import run; code = run(['run', '--plain']); print(code, *sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    code, *modules = done.stderr.split()
    assert code == "0"
    assert sorted(set(BANNED) & set(modules)) == []


def test_help_imports_no_command(project: Project) -> None:
    script = "import sys; from headway.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, env=project.environment()
    )
    assert not {"headway.cli.run", "argparse", "headway.integration"} & set(done.stderr.split())
