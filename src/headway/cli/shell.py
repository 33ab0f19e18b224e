"""`--shell-on-failure`: a shell in the folder and environment of the step that failed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.cli.render import View
    from headway.integration.execution.listener import FailedStep


class FailureShell:
    """Opens one shell at a time; the run goes on when it is left."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._lock = threading.Lock()

    def open(self, failed: FailedStep) -> None:
        """Open a shell in the place of the step, and wait until it is left; without a terminal, say so."""
        with self._lock:
            if not sys.stdin.isatty():
                print("--shell-on-failure needs a terminal; no shell was opened", file=sys.stderr)
                return
            shell = os.environ.get("SHELL", "/bin/sh")
            self._view.pause()
            print(f"\nThe step '{failed.name}' failed. A shell in its place ({failed.directory}); leave it to go on.")
            try:
                subprocess.run([shell, "-i"], cwd=failed.directory, env=failed.environment, check=False)
            except OSError as error:
                print(f"{shell} could not be started: {error}", file=sys.stderr)
            self._view.resume()
