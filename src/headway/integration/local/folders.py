"""Where Headway keeps what outlives a run, and where runs work."""

from __future__ import annotations

import os
import stat

from headway.kernel.errors import HeadwayError

_SHARED = "/var/tmp"  # noqa: S108 - the folder in it is checked to be ours alone


def cache_home() -> str:
    """Return the folder of what outlives a run: ``HEADWAY_CACHE_HOME``, else ``headway`` in the user's cache."""
    own = os.environ.get("HEADWAY_CACHE_HOME")
    if own:
        return os.path.abspath(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "headway")


def work_home() -> str:
    """Return the folder of all workspaces: ``work`` in ``HEADWAY_CACHE_HOME``, else one of the user's in ``/var/tmp``.

    No part of the latter begins with a dot, as on GitHub: web servers refuse to serve files below such a folder, and so
    their tests fail there. Raises ``HeadwayError`` if somebody else has made that folder.
    """
    if os.environ.get("HEADWAY_CACHE_HOME"):
        return os.path.join(cache_home(), "work")
    folder = os.path.join(_SHARED, f"headway-{os.getuid()}")
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        status = os.lstat(folder)
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise HeadwayError(
                f"'{folder}' is not a folder of yours alone. Remove it, or set HEADWAY_CACHE_HOME to another place"
            ) from None
    return os.path.join(folder, "work")


def left_behind(home: str) -> list[str]:
    """Return the work folders of runs whose process is gone, as after a crash; their names end with its id."""
    try:
        names = os.listdir(home)
    except OSError:
        return []
    return [os.path.join(home, name) for name in names if not _is_running(name.rpartition("-")[2])]


def _is_running(pid: str) -> bool:
    if not pid.isdecimal():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
