from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.cli.render.migration import print_report
from headway.integration.local.migration import JobReport, Obstacle

if TYPE_CHECKING:
    import pytest

FINE = JobReport("ci.yml", "build", ())
NOTED = JobReport("ci.yml", "sign", (Obstacle("it uses the secret 'KEY'", "--secret KEY", blocks=False),))
STUCK = JobReport("win.yml", "test", (Obstacle("it runs on 'windows-latest'", "force it here: --any-runner"),))


def test_every_job_is_told_below_its_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_report([FINE, NOTED, STUCK], as_json=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        "ci.yml",
        "  ✓ build",
        "  ✓ sign",
        "      note: it uses the secret 'KEY'",
        "        --secret KEY",
        "win.yml",
        "  ✗ test does not run here",
        "      it runs on 'windows-latest'",
        "        force it here: --any-runner",
        "2 of 3 jobs run here as they are",
    ]


def test_when_all_run_here_the_command_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_report([FINE, NOTED], as_json=True) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first == {"workflow": "ci.yml", "job": "build", "runs": True, "obstacles": []}
    assert second["obstacles"] == [{"reason": "it uses the secret 'KEY'", "remedy": "--secret KEY", "blocks": False}]
