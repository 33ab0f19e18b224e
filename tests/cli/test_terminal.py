"""What is seen on a terminal: a real one, as far as a program can tell."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from typing import TYPE_CHECKING

from tests.project import HEADWAY

if TYPE_CHECKING:
    from tests.project import Project

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A command on a terminal; what it shows is collected, escape sequences taken out."""

    def __init__(self, project: Project, *arguments: str, **environment: str) -> None:
        self._master, slave = pty.openpty()
        own = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", "SHELL": "/bin/sh"}
        self.process = subprocess.Popen(
            [*HEADWAY, *arguments],
            cwd=project.root,
            env=project.environment(**own, **environment),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, text: str = "") -> str:
        """Read until the text is shown, or without one until the command has ended."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (text and text in self.shown):
            ready, _, _ = select.select([self._master], [], [], 0.1)
            try:
                data = os.read(self._master, 65536) if ready else b""
            except OSError:
                break
            self.shown += _ESCAPES.sub("", data.decode(errors="replace"))
            if not ready and self.process.poll() is not None:
                break
        return self.shown

    def close(self) -> int:
        self.until()
        os.close(self._master)
        return self.process.wait(30)


def test_the_output_of_what_fails_comes_before_the_tree(project: Project) -> None:
    project.steps("- run: echo fine; echo quiet\n- name: Break\n  run: echo '::error::It broke'; exit 2")
    terminal = Terminal(project, "run")
    assert terminal.close() == 1
    shown = terminal.shown
    final = shown.rpartition("✓ Run echo fine")[0]
    assert "a › Break" in final
    assert "Error: It broke" in final
    assert "quiet" not in shown.replace("Run echo fine; echo quiet", "")
    assert "✗ Break" in shown
    assert "exit code 2" in shown


def test_a_shell_opens_in_the_place_of_the_step_that_failed(project: Project) -> None:
    project.steps(
        "- uses: actions/checkout@v4\n- {run: exit 1, env: {COLOUR: blue}}\n- {if: always(), run: echo went on}"
    )
    terminal = Terminal(project, "run", "--shell-on-failure", "--plain")
    terminal.until("leave it to go on.")
    terminal.type("cat README.md; echo colour=$COLOUR; exit\n")
    assert terminal.close() == 1
    assert "# Shop" in terminal.shown
    assert "The step 'Run exit 1' failed" in terminal.shown
    assert "colour=blue" in terminal.shown
    assert "a: failed" in terminal.shown


def test_watching_runs_again_after_a_change_and_ends_with_ctrl_c(project: Project) -> None:
    project.write("input", "first\n")
    project.steps("- uses: actions/checkout@v4\n- run: cat input")
    terminal = Terminal(project, "run", "--watch", "--plain")
    terminal.until("watching for changes")
    assert "a | first" in terminal.shown
    time.sleep(0.3)
    project.write("input", "second\n")
    terminal.until("a | second")
    terminal.until("watching for changes; Ctrl-C ends\r\n" * 1)
    time.sleep(0.5)
    os.kill(terminal.process.pid, 2)
    terminal.close()
    assert "a | second" in terminal.shown
    assert "Traceback" not in terminal.shown


def test_a_secret_without_a_value_is_asked_for(project: Project) -> None:
    project.steps("- run: echo ${#TOKEN}\n  env: {TOKEN: '${{ secrets.TOKEN }}'}")
    terminal = Terminal(project, "run", "--plain", "--secret", "TOKEN")
    terminal.until("TOKEN: ")
    terminal.type("hunter22\n")
    assert terminal.close() == 0
    assert "a | 8" in terminal.shown
    assert "hunter22" not in terminal.shown
