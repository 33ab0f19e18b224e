"""GitHub's shapes of what we have. Pure.

Source: https://docs.github.com/en/rest: "Repositories", "Repository contents", "Commits", "Branches", "Commit
statuses".
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headway.kernel.projects.records import Access, Project
    from headway.repository.cloning import CloneAddresses
    from headway.repository.reading.blobs import File
    from headway.repository.reading.diffs import Diff
    from headway.repository.reading.objects import Commit, Person
    from headway.repository.reading.refs import Ref
    from headway.repository.reading.trees import Entry
    from headway.repository.settings import Status
    from headway.repository.signatures.records import Verdict

_ENTRY_TYPES = {"folder": "dir", "file": "file", "executable": "file", "symlink": "symlink", "submodule": "submodule"}
_FILE_STATUSES = {
    "added": "added",
    "deleted": "removed",
    "modified": "modified",
    "renamed": "renamed",
    "copied": "copied",
}


class Addresses:
    """Where things are, for one installation."""

    def __init__(self, clone: CloneAddresses) -> None:
        self.clone = clone
        self.pages = clone.http
        self.api = f"{clone.http}/api/v3"

    def repository(self, project: Project) -> str:
        """The API's address of a repository."""
        return f"{self.api}/repos/{project.full_name}"


def time(moment: datetime) -> str:
    """Return a time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def account(handle: str, at: Addresses) -> dict[str, Any]:
    """Return a user, as far as tools look at it."""
    return {"login": handle, "type": "User", "url": f"{at.api}/users/{handle}", "html_url": f"{at.pages}/{handle}"}


def repository(access: Access, default_branch: str | None, at: Addresses) -> dict[str, Any]:
    """Return a repository."""
    project = access.project
    url, page = at.repository(project), f"{at.pages}/{project.full_name}"
    level = {"guest": 0, "reporter": 1, "developer": 2, "maintainer": 3, "owner": 4}.get(access.role or "", -1)
    return {
        "id": project.id,
        "node_id": f"repository:{project.id}",
        "name": project.name,
        "full_name": project.full_name,
        "owner": account(project.owner, at),
        "private": project.visibility != "public",
        "visibility": project.visibility,
        "description": project.description or None,
        "fork": False,
        "archived": project.archived is not None,
        "disabled": False,
        "default_branch": default_branch or "main",
        "created_at": time(project.created),
        "updated_at": time(project.active),
        "pushed_at": time(project.active),
        "url": url,
        "html_url": page,
        "clone_url": at.clone.over_http(project.full_name),
        "ssh_url": at.clone.over_ssh(project.full_name),
        "branches_url": f"{url}/branches{{/branch}}",
        "commits_url": f"{url}/commits{{/sha}}",
        "contents_url": f"{url}/contents/{{+path}}",
        "statuses_url": f"{url}/statuses/{{sha}}",
        "permissions": {"pull": level >= 1, "push": level >= 2, "maintain": level >= 3, "admin": level >= 4},
    }


def verification(verdict: Verdict, signature: str, signed: bytes, now: datetime) -> dict[str, Any]:
    """Return what was found out about a signature just now; ``signed``: what it is of."""
    return {
        "verified": verdict.verified,
        "reason": verdict.reason,
        "signature": signature or None,
        "payload": signed.decode(errors="replace") if signature else None,
        "verified_at": time(now) if verdict.verified else None,
    }


def commit(found: Commit, project: Project, at: Addresses, verified: dict[str, Any]) -> dict[str, Any]:
    """Return a commit. ``verified``: what was found out about its signature."""
    url = f"{at.repository(project)}/commits/{found.oid}"
    message = f"{found.subject}\n\n{found.body}" if found.body else found.subject
    return {
        "sha": found.oid,
        "node_id": f"commit:{found.oid}",
        "url": url,
        "html_url": f"{at.pages}/{project.full_name}/commit/{found.oid}",
        "commit": {
            "message": message,
            "author": _person(found.author),
            "committer": _person(found.committer),
            "tree": {"sha": found.tree, "url": f"{at.repository(project)}/git/trees/{found.tree}"},
            "url": url,
            "comment_count": 0,
            "verification": verified,
        },
        "author": None,
        "committer": None,
        "parents": [{"sha": sha, "url": f"{at.repository(project)}/commits/{sha}"} for sha in found.parents],
    }


def changed_files(diff: Diff) -> dict[str, Any]:
    """Return what a commit's answer says of its files, without patches."""
    files = [
        {
            "sha": change.oid,
            "filename": change.path,
            "status": _FILE_STATUSES.get(change.status, "changed"),
            "additions": change.additions or 0,
            "deletions": change.deletions or 0,
            "changes": (change.additions or 0) + (change.deletions or 0),
            **({"previous_filename": change.old_path} if change.status == "renamed" else {}),
        }
        for change in diff.files[:300]
    ]
    total = diff.additions + diff.deletions
    return {"files": files, "stats": {"additions": diff.additions, "deletions": diff.deletions, "total": total}}


def branch(ref: Ref, project: Project, at: Addresses) -> dict[str, Any]:
    """Return a branch."""
    target = {"sha": ref.commit, "url": f"{at.repository(project)}/commits/{ref.commit}"}
    return {"name": ref.name, "commit": target, "protected": False}


def tag(ref: Ref, project: Project, at: Addresses) -> dict[str, Any]:
    """Return a tag."""
    return {
        "name": ref.name,
        "commit": {"sha": ref.commit, "url": f"{at.repository(project)}/commits/{ref.commit}"},
        "zipball_url": f"{at.repository(project)}/zipball/{ref.full}",
        "tarball_url": f"{at.repository(project)}/tarball/{ref.full}",
        "node_id": f"tag:{ref.name}",
    }


def entry(found: Entry, ref: str, project: Project, at: Addresses) -> dict[str, Any]:
    """Return an entry of a folder."""
    url = f"{at.repository(project)}/contents/{found.path}?ref={ref}"
    return {
        "name": found.name,
        "path": found.path,
        "sha": found.oid,
        "size": found.size or 0,
        "type": _ENTRY_TYPES[found.kind],
        "url": url,
        "html_url": f"{at.pages}/{project.full_name}/blob/{ref}/{found.path}",
        "git_url": f"{at.repository(project)}/git/blobs/{found.oid}",
        "download_url": None if found.kind == "folder" else f"{at.pages}/{project.full_name}/raw/{ref}/{found.path}",
    }


def file(found: File, ref: str, project: Project, at: Addresses) -> dict[str, Any]:
    """Return a file with its content in base64; without it when it is larger than what is read at once."""
    known = entry(found.entry, ref, project, at)
    if not found.content.complete:
        return known | {"encoding": "none", "content": ""}
    return known | {"encoding": "base64", "content": base64.encodebytes(found.content.data).decode()}


def status(found: Status, at: Addresses, project: Project) -> dict[str, Any]:
    """Return a commit's status."""
    return {
        "id": found.id,
        "state": found.state,
        "context": found.context,
        "description": found.description or None,
        "target_url": found.target_url or None,
        "created_at": time(found.created),
        "updated_at": time(found.created),
        "url": f"{at.repository(project)}/statuses/{found.sha}",
        "creator": account(found.creator.partition(":")[2] or found.creator, at),
    }


def combined_status(sha: str, state: str, statuses: Sequence[Status], access: Access, at: Addresses) -> dict[str, Any]:
    """Return what all checks of a commit amount to."""
    known = "failure" if state == "error" else state
    return {
        "sha": sha,
        "state": known,
        "total_count": len(statuses),
        "statuses": [status(each, at, access.project) for each in statuses],
        "repository": repository(access, None, at),
    }


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": time(person.time)}
