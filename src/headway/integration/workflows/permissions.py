"""What a job's token may do, and what a called workflow may ask for ("Reuse workflows", *Access and permissions*)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.syntax_jobs import PERMISSIONS
from headway.integration.workflows.tokens import Mapping, Scalar, Token, text_of

if TYPE_CHECKING:
    from headway.integration.workflows.models import Job, Permissions, Workflow

_RANK = {"none": 0, "read": 1, "write": 2}
_NOT_IN_SHORTHAND = frozenset(
    (
        "artifact-metadata",
        "attestations",
        "code-quality",
        "copilot-requests",
        "drives",
        "models",
        "vulnerability-alerts",
    )
)

RESTRICTED: Permissions = {"contents": "read", "packages": "read"}
"""The default of repositories whose workflows may only read."""


def convert_permissions(token: Token | None) -> Permissions | None:
    """Return the permissions that were written, None where none were (those around it hold then)."""
    if isinstance(token, Scalar):
        level = token.text.removesuffix("-all")
        return {name: level for name in PERMISSIONS if name not in _NOT_IN_SHORTHAND} if token.text else {}
    if not isinstance(token, Mapping):
        return None
    levels = {text_of(key): text_of(value) for key, value in token.pairs if isinstance(key, Scalar)}
    return {name: level for name, level in sorted(levels.items()) if level in ("read", "write")}


def effective(job: Job, workflow: Workflow, around: Permissions | None) -> Permissions | None:
    """Return what a job's token may do; ``around`` is what the calling job allows, or the repository's default."""
    for own in (job.permissions, workflow.permissions):
        if own is not None:
            return own
    return around


def excess(asked: Permissions | None, allowed: Permissions | None) -> list[str]:
    """Return what a called workflow asks for beyond what its caller may do, as ``actions: write``."""
    if asked is None or allowed is None:
        return []
    return [f"{name}: {level}" for name, level in asked.items() if _RANK[level] > _RANK[allowed.get(name, "none")]]
