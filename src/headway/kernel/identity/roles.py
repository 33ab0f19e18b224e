"""Roles and scopes, and what they allow. Pure: a table, and the functions that read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Role = Literal["guest", "reporter", "developer", "maintainer", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most; each may do what those before it may."""

Visibility = Literal["private", "internal", "public"]

Scope = Literal["read:project", "read:code", "write:code", "write:project", "read:user", "write:user", "admin"]
SCOPES: dict[Scope, str] = {
    "read:project": "see projects, their settings and their part of the ledger",
    "read:code": "clone, fetch and browse repositories",
    "write:code": "push to repositories",
    "write:project": "change projects: settings, rules, members, secrets, webhooks",
    "read:user": "see the account that the token belongs to",
    "write:user": "change the account that the token belongs to",
    "admin": "administer the installation, if the account may",
}


class Permission(NamedTuple):
    """What an action takes: the least role in the project, and the scope of a token."""

    role: Role
    scope: Scope
    meaning: str


PERMISSIONS: dict[str, Permission] = {
    "project.read": Permission("guest", "read:project", "see that the project exists, and its description"),
    "ledger.read": Permission("reporter", "read:project", "see what happened in the project"),
    "code.read": Permission("reporter", "read:code", "clone, fetch and browse the repository"),
    "code.push": Permission("developer", "write:code", "push to branches that no rule protects"),
    "status.write": Permission("developer", "write:code", "report the status of a commit"),
    "branch.protected.push": Permission("maintainer", "write:code", "push to branches that a rule protects"),
    "lock.break": Permission("maintainer", "write:code", "take away somebody else's lock of a large file"),
    "branch-rule.write": Permission("maintainer", "write:project", "change branch rules"),
    "secret.write": Permission("maintainer", "write:project", "set and delete secrets and variables"),
    "secret.list": Permission("maintainer", "write:project", "see which secrets and variables there are"),
    "secret.use": Permission("developer", "write:code", "let a run use secrets"),
    "webhook.read": Permission("maintainer", "read:project", "see webhooks and their deliveries"),
    "webhook.write": Permission("maintainer", "write:project", "manage webhooks"),
    "token.write": Permission("maintainer", "write:project", "manage deploy tokens and deploy keys"),
    "member.read": Permission("reporter", "read:project", "see who has which role"),
    "member.write": Permission("maintainer", "write:project", "give and take roles below one's own, and invite"),
    "team.read": Permission("guest", "read:user", "see the team and who belongs to it"),
    "team.leave": Permission("guest", "write:user", "leave the team"),
    "team.member.write": Permission("maintainer", "write:user", "give and take roles below one's own, and invite"),
    "team.administer": Permission("owner", "write:user", "rename or delete the team, and look after its programs"),
    "project.update": Permission("maintainer", "write:project", "change description, default branch, mirror"),
    "project.administer": Permission("owner", "write:project", "rename, transfer, archive, delete, change visibility"),
}


def rank(role: Role | None) -> int:
    """Return a role's place among the others, counted from 1; 0 for none."""
    return ROLES.index(role) + 1 if role else 0


def highest(roles: Iterable[Role | None]) -> Role | None:
    """Return the role that allows most."""
    return max(roles, key=rank, default=None)


def implied_by(visibility: Visibility, *, signed_in: bool) -> Role | None:
    """Return the role that everybody has in a project who can see it at all."""
    if visibility == "public" or (visibility == "internal" and signed_in):
        return "reporter"
    return None


def implied_visibilities(*, signed_in: bool, least: Role) -> tuple[Visibility, ...]:
    """Return the visibilities of projects in which everybody has at least this role."""
    return tuple(each for each in get_args(Visibility) if rank(implied_by(each, signed_in=signed_in)) >= rank(least))


def role_allows(role: Role | None, action: str) -> bool:
    """Whether a role is enough for an action. Raises ``KeyError`` for an action that has no permission."""
    return rank(role) >= rank(PERMISSIONS[action].role)


def scopes_allow(scopes: frozenset[str] | None, scope: Scope) -> bool:
    """Whether a token's scopes hold a scope; ``None`` stands for a session, which has all of them.

    Writing implies reading of the same kind.
    """
    if scopes is None or scope in scopes:
        return True
    return scope.startswith("read:") and scope.replace("read:", "write:") in scopes
