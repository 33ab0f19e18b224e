"""``actions/setup-python``: a Python that is here, else one that uv fetches, in an environment of the job's own."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from headway.integration.native.interpreters import fetch_with_uv, find_pythons
from headway.integration.native.versions import Installed, best, listed
from headway.integration.native.virtualenv import make_environment
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall

_VERSION_FILES = (".python-version", "pyproject.toml", ".tool-versions", "Pipfile")
_REQUIRES = re.compile(r"""^\s*requires-python\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_POETRY = re.compile(r"""^\s*python\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_TOOL_VERSIONS = re.compile(r"^python\s+(\S+)", re.MULTILINE)
_PIPFILE = re.compile(r"""^python(?:_full)?_version\s*=\s*["']([^"']+)["']""", re.MULTILINE)


def setup_python(call: NativeCall) -> None:
    """Put the Python that is asked for first on the PATH.

    Jobs get an environment of their own (a virtual one), so that what they install stays theirs. With several versions
    asked for, all are put on the PATH and the last one is first.
    """
    wanted = call.lines("python-version") or _from_file(call)
    if not wanted:
        call.warn("Neither python-version nor python-version-file was given; the Python on the PATH is used")
        wanted = ["x"]
    for specification in wanted:
        _set_up(call, specification)


def _set_up(call: NativeCall, specification: str) -> None:
    python = _choose(call, specification)
    environment = make_environment(python, os.path.join(call.job.request.folder, f"_python-{python.version}"), call)
    binaries = os.path.join(environment, "bin")
    executable = os.path.join(binaries, "python")
    if call.flag("update-environment", True):
        call.program.add_path(binaries)
        for name in ("pythonLocation", "Python_ROOT_DIR", "Python2_ROOT_DIR", "Python3_ROOT_DIR"):
            call.program.set_env(name, environment)
        call.program.set_env("PKG_CONFIG_PATH", os.path.join(environment, "lib", "pkgconfig"))
    call.set_output("python-version", python.version)
    call.set_output("python-path", executable)
    call.set_output("cache-hit", "false")
    if call.input("cache"):
        call.log(f"{call.input('cache')} keeps its downloads on this machine anyway; they are not copied into a cache")
    call.log(f"Python {python.version} ({python.path})")


def _choose(call: NativeCall, specification: str) -> Installed:
    wanted = specification.removesuffix("-dev").removesuffix("t") if specification[:1].isdigit() else specification
    if wanted.lower().startswith(("pypy", "graalpy")):
        raise HeadwayError(f"'{specification}': only CPython is set up natively; --no-native runs the published action")
    path = call.program.environment()["PATH"]
    found = find_pythons(path, call.job.host.tool_cache)
    chosen = best(wanted, found)
    if chosen is None and not call.job.host.actions.offline:
        chosen = fetch_with_uv(wanted, call)
    if chosen is None:
        raise HeadwayError(
            f"There is no Python '{specification}' on this machine (there is {listed(found)}), and none could be "
            f"fetched. Install it, or install uv, which fetches it: uv python install {wanted}"
        )
    return chosen


def _from_file(call: NativeCall) -> list[str]:
    name = call.input("python-version-file")
    names = [name] if name else [one for one in _VERSION_FILES[:1] if os.path.isfile(call.inside(one))]
    for one in names:
        path = call.inside(one)
        if not os.path.isfile(path):
            raise HeadwayError(f"The specified python version file at: {path} doesn't exist")
        with open(path, encoding="utf-8", errors="replace") as file:
            return _versions_in(os.path.basename(one), file.read())
    return []


def _versions_in(name: str, text: str) -> list[str]:
    if name == "pyproject.toml":
        found = _REQUIRES.search(text) or _POETRY.search(text)
        return [found[1].replace(",", " ").replace("~=", "~")] if found else []
    if name == ".tool-versions":
        return _TOOL_VERSIONS.findall(text)
    if name == "Pipfile":
        return _PIPFILE.findall(text)
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
