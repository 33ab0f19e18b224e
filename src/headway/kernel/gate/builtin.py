"""The rules that every installation has: roles and scopes, and that an archived project stays as it is. Pure."""

from __future__ import annotations

from headway.kernel.gate.verdicts import ALLOW, Request, Verdict, deny
from headway.kernel.identity.roles import PERMISSIONS, role_allows, scopes_allow

_READING = frozenset({"project.read", "ledger.read", "code.read", "member.read", "secret.list", "webhook.read"})
_UNARCHIVE = "project.administer"


def roles(request: Request) -> Verdict | None:
    """Answer by the role that the actor has in the project (``facts["role"]``)."""
    permission = PERMISSIONS.get(request.action)
    if permission is None:
        return None
    if not scopes_allow(request.actor.scopes, permission.scope):
        return deny(f"the token lacks the scope '{permission.scope}', which it takes to {permission.meaning}")
    if role_allows(request.facts.get("role"), request.action):
        return ALLOW
    held = request.facts.get("role") or "none"
    where = "team" if request.action.startswith("team.") else "project"
    return deny(f"to {permission.meaning} takes the role {permission.role} in the {where}; yours: {held}")


def administration(request: Request) -> Verdict | None:
    """Answer what concerns the installation as a whole: it takes an administrator."""
    if not request.action.startswith("installation."):
        return None
    if request.actor.administers:
        return ALLOW
    if request.actor.is_administrator:
        return deny("the token lacks the scope 'admin', which it takes to administer the installation")
    return deny("this takes somebody who administers the installation")


def archived(request: Request) -> Verdict | None:
    """Keep archived projects as they are."""
    if not request.facts.get("archived") or request.action in _READING or request.action == _UNARCHIVE:
        return None
    return deny("the project is archived, and so it can be read only; an owner can unarchive it")
