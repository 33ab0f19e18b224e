"""``actions/checkout``: the user's own tree for its own repository, git for all others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.sources import Reference
from headway.integration.execution.workspace import SourceTree, copy_tree, remove_tree
from headway.kernel.errors import HeadwayError
from headway.kernel.git import Git

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall


def checkout(call: NativeCall) -> None:
    """Bring the repository into the workspace.

    For the repository of the run, at the commit of the run, that is a copy of the tree as it is, uncommitted changes
    and all. Another ``ref`` of it is checked out from its own history; other repositories are fetched.
    """
    repository = call.input("repository", call.github("repository"))
    folder = call.inside(call.input("path", "."))
    source = call.job.host.source
    own = repository.lower() == call.github("repository").lower()
    if source is None and own:
        raise HeadwayError("There is no repository to check out: this run was not started in one")
    if call.flag("clean", True):
        _empty(folder)
    os.makedirs(folder, exist_ok=True)
    if own and source is not None:
        _own(call, source, folder)
    else:
        _other(call, repository, folder)
    git = Git(folder)
    call.set_output("ref", call.input("ref", call.github("ref")))
    call.set_output("commit", git.maybe("rev-parse", "HEAD"))


def _own(call: NativeCall, source: SourceTree, folder: str) -> None:
    ref = call.input("ref")
    wanted = _sparse(call, source)
    copied = copy_tree(source, folder, only=wanted)
    call.log(f"Copied the working tree: {copied.files:,} files, {copied.size / 1e6:,.1f} MB")
    if ref and not _is_current(call, source, ref):
        git = Git(folder)
        commit = _resolve(git, ref)
        git.text("checkout", "--quiet", "--force", "--detach", commit)
        git.text("clean", "--quiet", "-ffdx")
        call.log(f"Checked out '{ref}' ({commit[:12]}): committed files only")
    mode = call.input("submodules", "false").lower()
    for path in copied.submodules if mode in ("true", "recursive") else ():
        _submodule(call, source, folder, path)


def _sparse(call: NativeCall, source: SourceTree) -> list[str] | None:
    patterns = call.lines("sparse-checkout")
    if not patterns:
        return None
    if not call.flag("sparse-checkout-cone-mode", True):
        raise HeadwayError("sparse-checkout is supported in cone mode only: give folders, without patterns")
    prefixes = tuple(f"{pattern.strip('/')}/" for pattern in patterns)
    return [path for path in source.files() if "/" not in path or path.startswith(prefixes)]


def _is_current(call: NativeCall, source: SourceTree, ref: str) -> bool:
    """Return whether a ref is what the working tree stands on."""
    if ref in (call.github("ref"), call.github("sha"), call.github("ref_name")):
        return True
    git = Git(source.root)
    return git.maybe("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}") == call.github("sha") and bool(ref)


def _resolve(git: Git, ref: str) -> str:
    for candidate in (ref, f"origin/{ref.removeprefix('refs/heads/')}"):
        if commit := git.maybe("rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}"):
            return commit
    raise HeadwayError(f"The ref '{ref}' is not in this repository. Fetch it first: git fetch origin {ref}")


def _submodule(call: NativeCall, source: SourceTree, folder: str, path: str) -> None:
    inner = os.path.join(source.root, path)
    git_dir = Git(inner).maybe("rev-parse", "--absolute-git-dir")
    if not git_dir or not os.path.exists(os.path.join(inner, ".git")):
        raise HeadwayError(f"The submodule '{path}' is empty here. Fill it first: git submodule update --init {path}")
    copied = copy_tree(SourceTree(inner, git_dir, git_dir), os.path.join(folder, path))
    call.log(f"Copied the submodule '{path}': {copied.files:,} files")
    if call.input("submodules").lower() == "recursive":
        for below in copied.submodules:
            _submodule(call, SourceTree(inner, git_dir, git_dir), os.path.join(folder, path), below)


def _other(call: NativeCall, repository: str, folder: str) -> None:
    owner, slash, name = repository.partition("/")
    if not slash or "/" in name:
        raise HeadwayError(f"The input 'repository' must be owner/name, not '{repository}'")
    reference = Reference(owner, name, "", call.input("ref", "HEAD"))
    fetched = call.job.host.actions.fetch(reference)
    origin = os.path.join(os.path.dirname(fetched.folder), "repository.git")
    if not fetched.commit:
        tree = SourceTree(fetched.folder, os.path.join(fetched.folder, ".git"), os.path.join(fetched.folder, ".git"))
        copied = copy_tree(tree, folder)
        call.log(f"Copied '{repository}' from {fetched.folder}: {copied.files:,} files")
        return
    git = Git(folder)
    git.text("init", "--quiet", ".")
    git.text("fetch", "--quiet", "--depth=1", origin, fetched.commit)
    git.text("checkout", "--quiet", "--force", "--detach", fetched.commit)
    git.text("remote", "add", "origin", f"{call.job.host.actions.base}/{repository}")
    call.log(f"Checked out '{reference}' at {fetched.commit[:12]}")


def _empty(folder: str) -> None:
    if not os.path.isdir(folder):
        return
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            remove_tree(path)
        else:
            os.unlink(path)
