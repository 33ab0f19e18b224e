"""The tree that a job works on: a copy of the user's own, as git sees it, never the user's own."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.copying import Copier
from headway.kernel.errors import HeadwayError
from headway.kernel.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HEADER = re.compile(r'\[[^]"]*(?:"(?:[^"\\]|\\.)*")?\s*\]')
_OBJECT_FORMAT = re.compile(r"^\s*objectformat\s*=\s*(\w+)", re.IGNORECASE | re.MULTILINE)
_REFTABLE = re.compile(r"^\s*refstorage\s*=\s*reftable", re.IGNORECASE | re.MULTILINE)
_CONFIGURED = ("url", "fetch", "remote", "merge")
_COPIED = ("HEAD", "index", "packed-refs", "shallow", "info/exclude", "info/sparse-checkout", "info/grafts")


class SourceTree(NamedTuple):
    """A working tree: its root, and the folder of its repository (``.git``), both absolute."""

    root: str
    git_dir: str
    common_dir: str

    def files(self) -> list[str]:
        """Return the paths that a copy holds: tracked files that exist, and untracked ones that are not ignored."""
        return Git(self.root).lines("ls-files", "-z", "--cached", "--others", "--exclude-standard", separator="\0")


class Copied(NamedTuple):
    """What a copy came to."""

    files: int
    size: int
    submodules: tuple[str, ...]


def copy_tree(source: SourceTree, target: str, *, only: Iterable[str] | None = None) -> Copied:
    """Copy the tree, changes that are not committed and all, and give it a repository of its own.

    The repository shares the objects of the original (alternates), so that history is there at no cost; what a job
    commits goes to the copy. Submodules become empty folders, whose paths are returned.
    Raises ``HeadwayError`` when the disk is full or a file cannot be read.
    """
    copier = Copier(source.root, target)
    submodules: list[str] = []
    behind: dict[str, bool] = {}
    paths = dict.fromkeys(source.files() if only is None else only)
    try:
        for path in paths:
            if not _is_behind_link(source.root, path, behind) and copier.copy(path) is None:
                submodules.append(path.rstrip("/"))
        copier.finish()
        _make_repository(source, os.path.join(target, ".git"))
    except OSError as error:
        raise HeadwayError(
            f"The working tree could not be copied to '{target}': {error.strerror} ({error.filename}). "
            "Free some space, or set HEADWAY_CACHE_HOME to a folder on a larger disk."
        ) from error
    return Copied(copier.files, copier.size, tuple(path for path in submodules if not _has_files(path, paths)))


def _has_files(folder: str, paths: Iterable[str]) -> bool:
    """Return whether git itself looks into a folder, as it does where a file was replaced by one."""
    return any(path.startswith(f"{folder}/") for path in paths)


def _is_behind_link(root: str, path: str, known: dict[str, bool]) -> bool:
    """Return whether a link stands where a folder above the path was; then git takes the file for deleted.

    A copy through such a link would write to wherever it leads. ``known`` keeps the answer for each folder.
    """
    folder = path.rpartition("/")[0]
    if not folder:
        return False
    if folder not in known:
        known[folder] = _is_behind_link(root, folder, known) or os.path.islink(f"{root}/{folder}")
    return known[folder]


def _make_repository(source: SourceTree, git_dir: str) -> None:
    if os.path.exists(git_dir):
        return
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        os.makedirs(os.path.join(git_dir, folder), exist_ok=True)
    alternates = os.path.join(source.common_dir, "objects")
    _write(os.path.join(git_dir, "objects/info/alternates"), f"{alternates}\n")
    for name in _COPIED:
        origin = source.git_dir if name in ("HEAD", "index") else source.common_dir
        _copy_small(os.path.join(origin, name), os.path.join(git_dir, name))
    for name in os.listdir(source.git_dir):
        if name.startswith("sharedindex."):  # the larger part of a split index
            _copy_small(os.path.join(source.git_dir, name), os.path.join(git_dir, name))
    _copy_refs(os.path.join(source.common_dir, "refs"), os.path.join(git_dir, "refs"))
    _write(os.path.join(git_dir, "config"), _config(source))


def _config(source: SourceTree) -> str:
    """Return the configuration of the copy: its remotes without credentials, and no hook or filter of the user's."""
    config = _read(os.path.join(source.common_dir, "config"))
    extensions = [f"\tobjectformat = {found[1]}"] if (found := _OBJECT_FORMAT.search(config)) else []
    if _REFTABLE.search(config):
        raise HeadwayError(
            "This repository keeps its refs as a reftable, which its copies cannot. "
            "Keep them as files: git refs migrate --ref-format=files"
        )
    lines = [
        "[core]",
        f"\trepositoryformatversion = {len(extensions)}",
        "\tfilemode = true",
        "\tbare = false",
        "\tlogallrefupdates = true",
    ]
    # The copy's inodes differ from those in the index; sizes and times do not.
    lines += ["\tcheckStat = minimal", "\ttrustctime = false", "[gc]", "\tauto = 0"]
    lines += ["[extensions]", *extensions] if extensions else []
    section = ""
    for line in config.splitlines():
        text = line.strip()
        if text.startswith("["):
            header = _HEADER.match(text)
            section = header[0] if header else ""
            text = text.removeprefix(section).strip()
            if section.startswith(("[remote ", "[branch ")):
                lines.append(section)
        if section.startswith(("[remote ", "[branch ")) and text.split("=")[0].strip().lower() in _CONFIGURED:
            lines.append(f"\t{_without_credentials(text)}")
    return "\n".join(lines) + "\n"


def _without_credentials(line: str) -> str:
    """Leave out what stands before the host of an address; of ssh only the password, since the user is no secret."""
    scheme, found, rest = line.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not found or not at:
        return line
    kept = f"{user.partition(':')[0]}@" if scheme.endswith("ssh") else ""
    return f"{scheme}://{kept}{host}{slash}{path}"


def _copy_refs(origin: str, target: str) -> None:
    for folder, _, names in os.walk(origin):
        below = os.path.join(target, os.path.relpath(folder, origin))
        os.makedirs(below, exist_ok=True)
        for name in names:
            _copy_small(os.path.join(folder, name), os.path.join(below, name))


def _copy_small(origin: str, target: str) -> None:
    try:
        with open(origin, "rb") as file:
            data = file.read()
    except OSError:
        return
    with open(target, "wb") as file:
        file.write(data)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def remove_tree(path: str) -> None:
    """Remove a folder and all below it, whatever a job made of its permissions; what cannot be removed stays."""
    try:
        entries = list(os.scandir(path))
    except PermissionError:
        if not _try(os.chmod, path, stat.S_IRWXU):
            return
        entries = list(os.scandir(path))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        elif not _try(os.unlink, entry.path):
            _try(os.chmod, path, stat.S_IRWXU)
            _try(os.unlink, entry.path)
    _try(os.rmdir, path)


def _try(function: Callable[..., None], *arguments: object) -> bool:
    try:
        function(*arguments)
    except OSError:
        return False
    return True
