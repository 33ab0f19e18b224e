"""The machine that executes jobs: what it has, where it keeps things, and how it calls itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.process import Grace

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.outcome import Outcome
    from headway.integration.execution.sources import ActionSource
    from headway.integration.execution.workspace import SourceTree
    from headway.integration.results.records import Stores

    NativeAction = Callable[[Invocation, ResolvedAction, dict[str, str]], Outcome]

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}
ARCHITECTURES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64", "i686": "X86", "armv7l": "ARM"}

# What a step may see of the environment that Headway was started in: enough to find programs, the network and
# the user's settings of tools, and none of the tokens that lie around in a shell. `--env NAME` adds others.
_KEPT = frozenset(
    (
        "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR DOCKER_HOST DOCKER_CONTEXT JAVA_HOME GOPATH "
        "GOROOT GOPROXY CARGO_HOME RUSTUP_HOME ANDROID_HOME CONDA HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY "
        "http_proxy https_proxy no_proxy all_proxy SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE "
        "REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS npm_config_registry npm_config_cafile UV_INDEX_URL "
        "UV_DEFAULT_INDEX"
    ).split()
)
_KEPT_PREFIXES = ("LC_", "PIP_", "XDG_", "PYENV_", "HEADWAY_TEST_")


class Host(NamedTuple):
    """What the executor may use. Folders exist before a job starts.

    ``work`` belongs to this run and is removed after it; ``cache`` outlives it (actions, tools).
    ``native`` names the actions that have versions in-process, by ``owner/name`` in lower case. ``stores`` keeps
    artifacts and caches; ``results`` returns, for the key of a job, the variables of the service that offers them.
    ``secrets`` are masked in every job, whether the job is given them or not.
    """

    work: str
    cache: str
    environment: dict[str, str]
    source: SourceTree | None
    actions: ActionSource
    native: dict[str, NativeAction] = {}  # noqa: RUF012 - never changed
    results: Callable[[str], dict[str, str]] | None = None
    stores: Stores | None = None
    grace: Grace = Grace()
    debug: bool = False
    secrets: tuple[str, ...] = ()
    name: str = "headway"
    tool_cache: str = ""

    def which(self, program: str, path: str) -> str | None:
        """Return where a program is on this PATH, None if it is nowhere."""
        return find_program(program, path)


def find_program(program: str, path: str | None = None) -> str | None:
    """Return where a program is on a PATH, this process' own if none is given; None if it is nowhere."""
    for folder in (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep):
        found = os.path.join(folder, program)
        if os.access(found, os.X_OK) and os.path.isfile(found):
            return found
    return None


def kept_environment(environment: dict[str, str], extra: dict[str, str]) -> dict[str, str]:
    """Return what steps see of an environment, with ``extra`` variables beside."""
    kept = {k: v for k, v in environment.items() if k in _KEPT or k.startswith(_KEPT_PREFIXES)}
    kept.setdefault("PATH", os.defpath)
    kept.setdefault("HOME", os.path.expanduser("~"))
    return kept | extra


def asked_for(environment: dict[str, str]) -> dict[str, str]:
    """Return what containers see of a host's environment: what the user asked for, and the way to the network."""
    return {
        name: value
        for name, value in environment.items()
        if name.lower().endswith("_proxy") or (name not in _KEPT and not name.startswith(_KEPT_PREFIXES))
    }


def system() -> str:
    """Return the operating system in GitHub's words: ``Linux``, ``macOS`` or ``Windows``."""
    return SYSTEMS.get(sys.platform, "Linux")


def system_of(label: str) -> str:
    """Return the operating system that a runner's label asks for, an empty text where it asks for none."""
    names = (("windows", "Windows"), ("macos", "macOS"), ("ubuntu", "Linux"), ("linux", "Linux"))
    return next((name for prefix, name in names if label.lower().startswith(prefix)), "")


def architecture() -> str:
    """Return the processor in GitHub's words: ``X64``, ``ARM64``, …."""
    return ARCHITECTURES.get(os.uname().machine.lower(), "X64")
