"""The context ``github`` and the event's payload of a run on this machine ("Webhook events and payloads")."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.planning.triggers import Event

if TYPE_CHECKING:
    from headway.integration.expressions import Value
    from headway.integration.local.repository import Repository

_PULL_REQUEST_EVENTS = ("pull_request", "pull_request_target", "pull_request_review")


class LocalEvent(NamedTuple):
    """An event as workflows are matched with it, and its payload as steps read it."""

    event: Event
    payload: dict[str, Value]


def make_event(name: str, repository: Repository, given: dict[str, Value] | None, inputs: dict[str, str]) -> LocalEvent:
    """Return the event ``name`` on the repository as it stands; ``given`` is the user's own payload, which wins."""
    payload = _merged(_default_payload(name, repository, inputs), given or {})
    ref, base = repository.ref, ""
    if name in _PULL_REQUEST_EVENTS:
        base = _text(payload, "pull_request", "base", "ref") or repository.default_branch
        number = payload.get("number")
        ref = (
            f"refs/pull/{number if isinstance(number, int) else 1}/merge"
            if name != "pull_request_target"
            else f"refs/heads/{base}"
        )
    elif name == "release":
        ref = f"refs/tags/{_text(payload, 'release', 'tag_name')}"
    elif isinstance(payload.get("ref"), str) and str(payload["ref"]).startswith("refs/"):
        ref = str(payload["ref"])
    event = Event(
        name=name,
        ref=ref,
        action=_text(payload, "action"),
        base=base,
        changed_paths=repository.changed_paths if name in ("push", *_PULL_REQUEST_EVENTS) else lambda: None,
        message=repository.message,
        workflow=_text(payload, "workflow_run", "name"),
    )
    return LocalEvent(event, payload)


def _merged(made_up: dict[str, Value], given: dict[str, Value]) -> dict[str, Value]:
    """Return what is given, and what is made up where it says nothing, in mappings within mappings too."""
    result = {**made_up, **given}
    for name, value in given.items():
        below = made_up.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            result[name] = _merged(below, value)
    return result


def _text(payload: Value, *keys: str) -> str:
    for key in keys:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload if isinstance(payload, str) else ""


def _default_payload(name: str, repository: Repository, inputs: dict[str, str]) -> dict[str, Value]:
    owner, _, short = repository.name.partition("/")
    about: dict[str, Value] = {
        "name": short,
        "full_name": repository.name,
        "owner": {"login": owner, "name": owner},
        "default_branch": repository.default_branch,
        "html_url": f"{repository.server_url}/{repository.name}",
        "clone_url": f"{repository.server_url}/{repository.name}.git",
        "private": True,
        "fork": False,
    }
    payload: dict[str, Value] = {"repository": about, "sender": {"login": owner}}
    commit: dict[str, Value] = {
        "id": repository.sha,
        "message": repository.message,
        "author": {"name": repository.author, "email": repository.email},
    }
    if name == "push":
        payload |= {
            "ref": repository.ref,
            "before": repository.base_sha,
            "after": repository.sha,
            "created": False,
            "deleted": False,
            "forced": False,
            "head_commit": commit,
            "commits": [commit],
            "pusher": {"name": repository.author, "email": repository.email},
        }
    elif name in _PULL_REQUEST_EVENTS:
        payload |= {"action": "opened" if name != "pull_request_review" else "submitted", "number": 1}
        payload["pull_request"] = {
            "number": 1,
            "title": repository.message.partition("\n")[0],
            "draft": False,
            "merged": False,
            "head": {"ref": repository.ref_name, "sha": repository.sha, "repo": about},
            "base": {"ref": repository.default_branch, "sha": repository.base_sha, "repo": about},
            "user": {"login": owner},
            "labels": [],
        }
    elif name in ("workflow_dispatch", "workflow_call"):
        payload |= {"inputs": dict(inputs), "ref": repository.ref}
    elif name == "schedule":
        payload["schedule"] = ""
    elif name == "release":
        payload |= {
            "action": "published",
            "release": {"tag_name": repository.ref_name, "draft": False, "prerelease": False},
        }
    return payload


def github_context(
    local: LocalEvent, repository: Repository, *, run_id: str, run_number: int, event_path: str, token: str
) -> dict[str, Value]:
    """Return the context ``github`` of a run; what a job adds to it (``job``, ``workspace``, …) is not in it yet."""
    event = local.event
    owner = repository.name.partition("/")[0]
    is_pull = event.name in ("pull_request", "pull_request_target")
    is_tag = event.ref.startswith("refs/tags/")
    pull = local.payload.get("pull_request")
    head = pull.get("head") if isinstance(pull, dict) else None
    head_ref = head.get("ref") if isinstance(head, dict) else ""
    return {
        "actor": owner,
        "actor_id": "1",
        "api_url": _api_of(repository.server_url),
        "base_ref": event.base if is_pull else "",
        "event": dict(local.payload),
        "event_name": event.name,
        "event_path": event_path,
        "graphql_url": f"{_api_of(repository.server_url).removesuffix('/v3')}/graphql",
        "head_ref": (head_ref or "") if is_pull else "",
        "ref": event.ref,
        "ref_name": event.ref.split("/", 2)[-1],
        "ref_protected": False,
        "ref_type": "tag" if is_tag else "branch",
        "repository": repository.name,
        "repository_id": "1",
        "repository_owner": owner,
        "repository_owner_id": "1",
        "repositoryUrl": f"git://{repository.server_url.partition('://')[2]}/{repository.name}.git",
        "retention_days": "90",
        "run_attempt": "1",
        "run_id": run_id,
        "run_number": str(run_number),
        "secret_source": "Actions",
        "server_url": repository.server_url,
        "sha": repository.sha,
        "token": token,
        "triggering_actor": owner,
    }


def _api_of(server: str) -> str:
    return "https://api.github.com" if server == "https://github.com" else f"{server}/api/v3"
