"""`--watch`: run, wait for a change, run again."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError
from headway.kernel.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.local.session import Session


class Stop:
    """Lets a change of a file end the run that is going on."""

    def __init__(self) -> None:
        self.session: Session | None = None

    def cancel(self, reason: str) -> None:
        """End the run, if there is one."""
        if self.session is not None:
            self.session.cancel(reason)


def watch(folder: str, once: Callable[[Stop], int]) -> int:
    """Run now and after every change of a file that git does not ignore, until Ctrl-C. A change ends the run before."""
    from watchfiles import watch as changes

    gc.enable()
    root = Git(folder).text("rev-parse", "--show-toplevel")
    leave = threading.Event()
    stop = Stop()
    changed = threading.Event()

    def look() -> None:
        for batch in changes(root, stop_event=leave, raise_interrupt=False):
            paths = _not_ignored(root, sorted(os.path.relpath(path, root) for _, path in batch))
            if paths:
                stop.cancel(f"'{paths[0]}' changed")
                changed.set()

    threading.Thread(target=look, name="watch", daemon=True).start()
    code = 0
    try:
        while True:
            changed.clear()
            try:
                code = once(stop)
            except HeadwayError as error:
                print(f"headway: {error}", file=sys.stderr)
                code = error.exit_code
            if code == 130 and not changed.is_set():
                break
            print("watching for changes; Ctrl-C ends", file=sys.stderr)
            while not changed.wait(3600):
                pass
    except KeyboardInterrupt:
        pass
    leave.set()
    return code


def _not_ignored(root: str, paths: list[str]) -> list[str]:
    own = [path for path in paths if not path.startswith(".git/")]
    if not own:
        return []
    ignored = set(Git(root).maybe("check-ignore", "--", *own).splitlines())
    return [path for path in own if path not in ignored]
