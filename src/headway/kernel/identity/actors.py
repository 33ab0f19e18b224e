"""Who does something: the answer of authentication, and the question of the gate."""

from __future__ import annotations

from typing import NamedTuple


class Actor(NamedTuple):
    """A person, a service account, a deploy token, or nobody in particular.

    ``account_ids``: the account and the teams it belongs to; a role given to any of them counts. ``scopes`` is
    ``None`` for a signed-in browser, which may do whatever the person may. ``project_id`` confines a deploy token or
    key to one project, in which it has ``confined_role``.
    """

    subject: str
    account_id: int | None = None
    handle: str = ""
    name: str = ""
    account_ids: frozenset[int] = frozenset()
    is_administrator: bool = False
    scopes: frozenset[str] | None = None
    project_id: int | None = None
    confined_role: str = ""
    session_id: int | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has said who they are."""
        return self.account_id is None and self.project_id is None

    @property
    def administers(self) -> bool:
        """Whether the actor may administer the installation: the account may, and so may the token."""
        return self.is_administrator and (self.scopes is None or "admin" in self.scopes)


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system", is_administrator=True)
"""Headway itself: what it does by itself, and what is done on the machine's command line."""
