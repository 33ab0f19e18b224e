"""The Pythons of this machine, and those that uv can bring."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from headway.integration.native.versions import Installed
from headway.kernel.capture import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.native.call import NativeCall

_NAME = re.compile(r"python3(\.\d+)?")
_PROBE_SECONDS = 10.0
_FETCH_SECONDS = 300.0


def find_pythons(path: str, tool_cache: str) -> list[Installed]:
    """Return the Pythons on this PATH, in the tool cache, of pyenv and of uv, and the one that runs Headway."""
    found: dict[str, Installed] = {}
    for executable in _candidates(path, tool_cache):
        real = os.path.realpath(executable)
        if real not in found and (version := version_of(executable)):
            found[real] = Installed(version, executable)
    return list(found.values())


def _candidates(path: str, tool_cache: str) -> Iterator[str]:
    for folder in path.split(os.pathsep):
        if os.path.basename(folder) == "shims":  # pyenv's, slow scripts for the versions that are looked up below
            continue
        for name in _names_in(folder):
            if _NAME.fullmatch(name):
                yield os.path.join(folder, name)
    home = os.path.expanduser("~")
    pyenv = os.environ.get("PYENV_ROOT", os.path.join(home, ".pyenv"))
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR", os.path.join(home, ".local", "share", "uv", "python"))
    for root, inner in ((os.path.join(tool_cache, "Python"), "*"), (os.path.join(pyenv, "versions"), ""), (uv, "")):
        for name in _names_in(root):
            places = [os.path.join(root, name, arch) for arch in _names_in(os.path.join(root, name))] if inner else []
            for place in places or [os.path.join(root, name)]:
                executable = os.path.join(place, "bin", "python3")
                if os.access(executable, os.X_OK):
                    yield executable
    yield os.path.join(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")


def _names_in(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True)
    except OSError:
        return []


def version_of(executable: str) -> str:
    """Return the version of a Python as ``3.12.1`` or ``3.14.0-rc.1``; an empty text if it does not answer.

    The executable of a virtual environment stands for the Python that it was made of.
    """
    script = "import sys; v = sys.version_info; print(v[0], v[1], v[2], v[3], v[4], int(sys.prefix != sys.base_prefix))"
    try:
        answer = Question([executable, "-I", "-S", "-c", script]).answer(_PROBE_SECONDS)
    except OSError:
        return ""
    parts = answer.output.decode(errors="replace").split()
    if answer.code or len(parts) != 6 or parts[5] == "1":
        return ""
    version = ".".join(parts[:3])
    kinds = {"alpha": "alpha", "beta": "beta", "candidate": "rc"}
    return f"{version}-{kinds[parts[3]]}.{parts[4]}" if parts[3] in kinds else version


def fetch_with_uv(wanted: str, call: NativeCall) -> Installed | None:
    """Return a Python that uv has fetched, None where there is no uv or it has none to offer."""
    uv = call.program.which("uv") or _own_uv()
    if uv is None:
        return None
    call.log(f"Fetching Python {wanted} with uv")
    request = wanted if wanted[:1].isdigit() else wanted.replace(" ", ",")
    environment = call.job.host.environment
    try:
        fetched = Question([uv, "python", "install", request], environment).answer(_FETCH_SECONDS)
        if fetched.code:
            call.log(fetched.errors.decode(errors="replace").strip())
            return None
        where = Question([uv, "python", "find", "--managed-python", request], environment).answer(_PROBE_SECONDS)
    except OSError:
        return None
    executable = where.output.decode(errors="replace").strip()
    version = version_of(executable) if executable else ""
    return Installed(version, executable) if version else None


def _own_uv() -> str | None:
    beside = os.path.join(os.path.dirname(sys.executable), "uv")
    return beside if os.access(beside, os.X_OK) else None
