"""Where actions and workflows of other repositories come from, and the cache that pins them by commit."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import HeadwayError
from headway.kernel.git import Git, GitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_BASE = "https://github.com"
PIN_SECONDS = 24 * 3600
"""How long a tag or branch is taken to stand where it stood, before it is asked for again."""

_FETCH_TIMEOUT = 180.0
_GIT_PLACES = frozenset(
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR GIT_GRAFT_FILE GIT_INDEX_FILE GIT_NAMESPACE "
        "GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_SHALLOW_FILE GIT_WORK_TREE"
    ).split()
)
_GIT_LOCKS = ("HEAD.lock", "config.lock", "index.lock", "shallow.lock")
_SHA = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_REF = re.compile(r"(?!-)(?!.*\.\.)[^\s~^:?*\[\\\x00-\x1f]+")


class Reference(NamedTuple):
    """``owner/repo[/path]@ref``."""

    owner: str
    repo: str
    path: str
    ref: str

    @property
    def repository(self) -> str:
        """Return ``owner/repo``."""
        return f"{self.owner}/{self.repo}"

    def __str__(self) -> str:
        return f"{self.repository}{'/' + self.path if self.path else ''}@{self.ref}"


class Fetched(NamedTuple):
    """The files of a repository at one commit; ``commit`` is empty for a folder that is used as it is."""

    folder: str
    commit: str


def parse_reference(text: str) -> Reference:
    """Return the parts of a ``uses``. Raises ``HeadwayError`` for anything that could be taken for something else."""
    name, at, ref = text.partition("@")
    parts = [part for part in name.replace("\\", "/").split("/") if part]
    fine = at and len(parts) >= 2 and all(_NAME.fullmatch(part) and part not in (".", "..") for part in parts[:2])
    if not fine or ".." in parts or not _REF.fullmatch(ref):
        raise HeadwayError(f"'{text}' is no reference to an action: expected owner/repository[/path]@ref")
    return Reference(parts[0], parts[1], "/".join(parts[2:]), ref)


class ActionSource:
    """Fetches repositories by git into a cache.

    ``overrides`` maps ``owner/repo`` to a folder (used as it is, changes and all), a bare repository or an address;
    ``base`` is where all others are, as ``base/owner/repo``.
    """

    __slots__ = ("base", "cache", "clock", "offline", "overrides", "refresh")

    def __init__(
        self,
        cache: str,
        *,
        base: str = DEFAULT_BASE,
        overrides: dict[str, str] | None = None,
        offline: bool = False,
        refresh: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.cache = cache
        self.base = base.rstrip("/")
        self.overrides = {name.lower(): where for name, where in (overrides or {}).items()}
        self.offline = offline
        self.refresh = refresh
        self.clock = clock

    def fetch(self, reference: Reference) -> Fetched:
        """Return the files of ``owner/repo`` at ``ref``, from the cache where they are there.

        Raises ``HeadwayError`` that names the action, says why it could not be had and what to do.
        """
        where = self.overrides.get(reference.repository.lower())
        if where and os.path.isdir(where) and not _is_bare(where):
            return Fetched(os.path.abspath(where), "")
        home = os.path.join(self.cache, reference.owner.lower(), reference.repo.lower())
        commit = self._pinned(home, reference.ref)
        if commit and os.path.isdir(os.path.join(home, commit)):
            return Fetched(os.path.join(home, commit), commit)
        if self.offline and not (where and os.path.isdir(where)):
            raise HeadwayError(
                f"'{reference}' is not in the cache, and --offline forbids fetching it. Run once without --offline, "
                f"or give it a folder: --action-source {reference.repository}=PATH"
            )
        with _locked(home):
            return self._download(reference, where or f"{self.base}/{reference.repository}", home)

    def _pinned(self, home: str, ref: str) -> str:
        if _SHA.fullmatch(ref):
            return ref
        pin = _pin_of(home, ref)
        try:
            age = self.clock() - os.stat(pin).st_mtime
            if not self.offline and (self.refresh or age > PIN_SECONDS):
                return ""
            with open(pin, encoding="ascii") as file:
                return file.read().strip()
        except OSError:
            return ""

    def _download(self, reference: Reference, url: str, home: str) -> Fetched:
        repository = os.path.join(home, "repository.git")
        # In a hook, git's variables lead to the user's own repository and index.
        around = {name: value for name, value in os.environ.items() if name not in _GIT_PLACES}
        git = Git(home, {**around, "GIT_TERMINAL_PROMPT": "0", "GIT_DIR": repository})
        _remove_locks(repository)
        try:
            git.text("init", "--quiet", "--bare", repository)
            git.text(
                "fetch",
                "--quiet",
                "--depth=1",
                "--no-tags",
                url,
                reference.ref,
                timeout=_FETCH_TIMEOUT,
            )
            commit = git.text("rev-parse", "FETCH_HEAD^{commit}")
            folder = os.path.join(home, commit)
            if not os.path.isdir(folder):
                _check_out(git, commit, folder)
        except GitError as error:
            raise HeadwayError(
                f"'{reference}' could not be fetched from {url}. {error}\n"
                f"Check the name and the network, or give it a folder: --action-source {reference.repository}=PATH"
            ) from error
        _write_pin(home, reference.ref, commit)
        return Fetched(folder, commit)


def _check_out(git: Git, commit: str, folder: str) -> None:
    """Write the files of a commit; the folder has its name only when it is whole."""
    partial = f"{folder}.partial"
    os.makedirs(partial, exist_ok=True)
    git.text("--work-tree", partial, "checkout", "--force", commit, "--", ".")
    os.rename(partial, folder)


def _is_bare(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "HEAD")) and os.path.isdir(os.path.join(folder, "objects"))


def _write_pin(home: str, ref: str, commit: str) -> None:
    os.makedirs(os.path.join(home, "refs"), exist_ok=True)
    pin = _pin_of(home, ref)
    with open(f"{pin}~", "w", encoding="ascii") as file:  # no ref holds a '~'
        file.write(commit)
    os.replace(f"{pin}~", pin)


def _pin_of(home: str, ref: str) -> str:
    return os.path.join(home, "refs", ref.replace("%", "%25").replace("/", "%2F"))


def _remove_locks(repository: str) -> None:
    """Remove what a git that was killed has left: nobody else works here, because the lock of the home is held."""
    for name in _GIT_LOCKS:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(repository, name))


@contextmanager
def _locked(home: str) -> Iterator[None]:
    """Hold the repository's lock: two jobs, or two runs, fetch one after the other."""
    import fcntl

    os.makedirs(home, exist_ok=True)
    descriptor = os.open(os.path.join(home, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
