"""What a run needs to know of the repository that it is started in."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from headway.integration.execution.workspace import SourceTree
from headway.kernel.errors import HeadwayError
from headway.kernel.git import Asked, Git, GitError

_REMOTE = re.compile(r"(?:[/:])([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
EMPTY_SHA = "0" * 40


class Repository(NamedTuple):
    """A git repository with a working tree, as it stands."""

    tree: SourceTree
    name: str
    ref: str
    sha: str
    base_sha: str
    default_branch: str
    author: str
    email: str
    message: str
    server_url: str

    @property
    def ref_name(self) -> str:
        """The branch or tag without its prefix."""
        return self.ref.split("/", 2)[2] if self.ref.count("/") >= 2 else self.ref

    def changed_paths(self) -> tuple[str, ...] | None:
        """Return the files that differ from the commit before, committed or not; None for a first commit."""
        if self.base_sha == EMPTY_SHA:
            return None
        git = Git(self.tree.root)
        paths = git.lines("diff", "--name-only", "-z", self.base_sha, separator="\0")
        untracked = git.lines("ls-files", "-z", "--others", "--exclude-standard", separator="\0")
        return tuple(dict.fromkeys(paths + untracked))


class RepositoryQuestions(NamedTuple):
    """What git was asked about a folder, not yet answered."""

    folder: str
    places: Asked
    latest: Asked
    origin: Asked


def ask_repository(folder: str) -> RepositoryQuestions:
    """Ask git about the repository around ``folder``: all at once, since each question takes 2 ms."""
    git = Git(folder)
    return RepositoryQuestions(
        folder,
        git.ask("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir", "--git-common-dir"),
        git.ask(
            "log",
            "-1",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--decorate=full",
            "--format=%H%x00%P%x00%an%x00%ae%x00%D%x00%B",
        ),
        git.ask("config", "--get", "remote.origin.url"),
    )


def find_repository(asked: RepositoryQuestions) -> Repository:
    """Return the repository from git's answers. Raises ``HeadwayError`` when there is none, or no working tree."""
    latest, url = asked.latest.maybe(), asked.origin.maybe()
    try:
        places = asked.places.text().split("\n")
    except GitError as error:
        raise HeadwayError(
            f"'{os.path.abspath(asked.folder)}' is not inside a git repository with a working tree. "
            "Change to one, or make it one: git init"
        ) from error
    if len(places) != 3:
        raise HeadwayError(f"'{os.path.abspath(asked.folder)}' has a line end in its path, which git cannot work with")
    root, git_dir, common_dir = places
    described = _printable(latest).split("\0")
    sha, parents, author, email, names, message = described if len(described) == 6 else (EMPTY_SHA, *[""] * 5)
    default_branch = _default_branch(common_dir)
    return Repository(
        SourceTree(root, git_dir, common_dir),
        _name_of(url) or f"local/{os.path.basename(root)}",
        _ref(names, git_dir, default_branch),
        sha,
        (parents.split() or [EMPTY_SHA])[0],
        default_branch,
        author,
        email,
        message.strip(),
        _server_of(url),
    )


def _ref(names: str, git_dir: str, default: str) -> str:
    """Return the branch that is checked out, else a tag or a branch on the commit; ``names`` is git's ``%D``."""
    first, *others = names.split(", ")
    if first.startswith("HEAD -> "):
        return first.removeprefix("HEAD -> ")
    for name in (first, *others):
        if name.startswith("tag: "):
            return name.removeprefix("tag: ")
    branches = [name for name in others if name.startswith("refs/heads/")]
    remote = [name for name in others if name.startswith("refs/remotes/") and not name.endswith("/HEAD")]
    branches += [f"refs/heads/{name.split('/', 3)[3]}" for name in remote]
    if branches:
        return next((name for name in branches if name == f"refs/heads/{default}"), branches[0])
    head = read_line(os.path.join(git_dir, "HEAD"))  # a branch without a commit
    return head.removeprefix("ref: ") if head.startswith("ref: ") else "refs/heads/HEAD"


def _default_branch(common_dir: str) -> str:
    """Return the branch that the remote names, else ``master`` if it alone is there, else ``main``."""
    head = read_line(os.path.join(common_dir, "refs/remotes/origin/HEAD"))
    if name := head.rpartition("refs/remotes/origin/")[2]:
        return name
    heads = os.path.join(common_dir, "refs/heads")
    old = os.path.exists(os.path.join(heads, "master")) and not os.path.exists(os.path.join(heads, "main"))
    return "master" if old else "main"


def read_line(path: str) -> str:
    """Return the first line of a file, or an empty text when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _printable(text: str) -> str:
    """Return what git said without bytes that are no UTF-8: old commits have names and messages in other encodings."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _name_of(url: str) -> str:
    found = _REMOTE.search(url) if "://" in url or ":" in url.partition("/")[0] else None
    return f"{found[1]}/{found[2]}" if found else ""


def _server_of(url: str) -> str:
    """Return the address of a remote's server; of one that is reached by ssh, the one that it has on the web."""
    if web := re.match(r"(https?://)(?:[^/]*@)?([^/@]+)/", url):
        return f"{web[1]}{web[2]}"
    found = re.match(r"(?:ssh://)?(?:[^@/]+@)?([\w-]+(?:\.[\w-]+)+)[:/]", url)
    return f"https://{found[1]}" if found else "https://github.com"
