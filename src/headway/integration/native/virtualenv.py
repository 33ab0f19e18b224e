"""An environment of Python for one job, made in a tenth of the time that ``venv`` needs for pip."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.kernel.capture import Question
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall
    from headway.integration.native.versions import Installed

_SECONDS = 60.0
_UNPACK = """
import ensurepip, os, sys, zipfile
from importlib import resources
target = sys.argv[1]
folder = os.environ.get("HEADWAY_WHEELS") or getattr(ensurepip, "_WHEEL_PKG_DIR", None)
places = [os.path.join(folder, n) for n in os.listdir(folder)] if folder else []
bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
places += [os.path.join(bundled, n) for n in os.listdir(bundled)] if os.path.isdir(bundled) else []
wheel = sorted(p for p in places if os.path.basename(p).startswith("pip-"))[-1]
zipfile.ZipFile(wheel).extractall(target)
"""
_SCRIPT = """\
#!{python}
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""


def make_environment(python: Installed, folder: str, call: NativeCall) -> str:
    """Return a folder like the prefix of a Python of the job's own: ``bin/python``, ``bin/pip``, its own packages.

    Raises ``HeadwayError`` if the Python cannot make one.
    """
    executable = os.path.join(folder, "bin", "python")
    if os.path.exists(executable):
        return folder
    made = Question([python.path, "-m", "venv", "--without-pip", folder], call.job.host.environment).answer(_SECONDS)
    if made.code:
        said = (made.errors or made.output).decode(errors="replace").strip()
        raise HeadwayError(f"{python.path} cannot make a virtual environment: {said}. Is its package 'venv' missing?")
    packages = Question([executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).answer(_SECONDS)
    _add_pip(executable, packages.output.decode().strip(), call)
    return folder


def _add_pip(executable: str, packages: str, call: NativeCall) -> None:
    """Unpack the pip that comes with every Python, without starting it; Debian keeps it in a package of its own."""
    unpacked = Question([executable, "-I", "-c", _UNPACK, packages]).answer(_SECONDS)
    if unpacked.code:
        call.warn("This Python comes without pip (on Debian: install python3-venv); only 'python' is set up")
        return
    folder = os.path.dirname(executable)
    for name in ("pip", "pip3"):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(_SCRIPT.format(python=executable))
        os.chmod(path, 0o755)  # noqa: S103 - a program
