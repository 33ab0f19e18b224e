"""What projects ask of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, func, insert, literal, or_, select, union_all, update

from headway.kernel.identity.roles import ROLES, Role, implied_visibilities, rank
from headway.kernel.identity.tables import account, membership
from headway.kernel.projects.records import Access, Project, role_of
from headway.kernel.projects.tables import former_name, grant, project

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow, AnySelect
    from headway.kernel.identity.actors import Actor

PROJECT_COLUMNS = (
    project.c.id,
    project.c.owner_id,
    account.c.handle,
    project.c.name,
    project.c.ledger_name,
    project.c.description,
    project.c.visibility,
    project.c.created,
    project.c.active,
    project.c.archived,
    project.c.deleted,
)


def project_of(row: AnyRow | tuple[Any, ...]) -> Project:
    """Return the project of a row of ``PROJECT_COLUMNS``."""
    return Project(*row)


def projects() -> AnySelect:
    """Return the query for all projects, to be narrowed."""
    return select(*PROJECT_COLUMNS).join(account, account.c.id == project.c.owner_id)


def by_name(connection: Connection, owner: str, name: str) -> Project | None:
    """Return the project at ``owner/name``, whatever the case of the letters; not a deleted one."""
    condition = (account.c.handle_key == owner.lower()) & (project.c.name_key == name.lower())
    row = connection.execute(projects().where(condition, project.c.deleted.is_(None))).one_or_none()
    return project_of(row) if row else None


def by_id(connection: Connection, project_id: int) -> Project | None:
    """Return a project, also a deleted one."""
    row = connection.execute(projects().where(project.c.id == project_id)).one_or_none()
    return project_of(row) if row else None


def by_former_name(connection: Connection, owner: str, name: str) -> Project | None:
    """Return the project that used to be at ``owner/name``."""
    query = (
        projects()
        .join(former_name, former_name.c.project_id == project.c.id)
        .where(
            former_name.c.owner_key == owner.lower(),
            former_name.c.name_key == name.lower(),
            project.c.deleted.is_(None),
        )
    )
    row = connection.execute(query).one_or_none()
    return project_of(row) if row else None


def access(connection: Connection, actor: Actor, found: Project) -> Access:
    """Return the project with the role that the actor has in it. One query."""
    if not actor.account_ids or actor.administers or actor.account_id == found.owner_id:
        return Access(found, role_of(actor, found, ()))
    granted = select(grant.c.role).where(grant.c.project_id == found.id, grant.c.account_id.in_(actor.account_ids))
    member = select(membership.c.role).where(
        membership.c.team_id == found.owner_id, membership.c.account_id == actor.account_id
    )
    roles = connection.execute(union_all(granted, member)).scalars().all()
    return Access(found, role_of(actor, found, roles))


def visible_to(actor: Actor, least: Role = "guest") -> ColumnElement[bool]:
    """Return the condition on ``project`` that the actor has at least this role in it. Deleted ones are nobody's.

    What it says is what ``role_of`` says; a test compares the two.
    """
    present = project.c.deleted.is_(None)
    if actor.administers:
        return present
    open_to = implied_visibilities(signed_in=actor.account_id is not None, least=least)
    conditions: list[ColumnElement[bool]] = [project.c.visibility.in_(open_to)]
    if actor.project_id is not None:
        if rank(actor.confined_role) >= rank(least):  # type: ignore[arg-type]
            conditions.append(project.c.id == actor.project_id)
    elif actor.account_id is not None:
        enough = ROLES[rank(least) - 1 :]
        granted = select(grant.c.project_id).where(grant.c.account_id.in_(actor.account_ids), grant.c.role.in_(enough))
        member = select(membership.c.team_id).where(
            membership.c.account_id == actor.account_id, membership.c.role.in_(enough)
        )
        conditions += [
            project.c.owner_id == actor.account_id,
            project.c.owner_id.in_(member),
            project.c.id.in_(granted),
        ]
    return present & or_(*conditions)


def add_project(connection: Connection, owner_id: int, owner: str, name: str, now: datetime, **more: object) -> int:
    """Add a project, and return its id. Raises ``IntegrityError`` when the owner has one of that name."""
    values = {
        "owner_id": owner_id,
        "name": name,
        "name_key": name.lower(),
        "ledger_name": _unused_ledger_name(connection, f"{owner}/{name}"),
        "created": now,
        "active": now,
        "description": "",
        **more,
    }
    forget_former_name(connection, owner, name)
    return int(connection.execute(insert(project).values(values).returning(project.c.id)).scalar_one())


def forget_former_name(connection: Connection, owner: str, name: str) -> None:
    """Let an address no longer lead to the project that used to be there: another one is there now."""
    gone = (former_name.c.owner_key == owner.lower()) & (former_name.c.name_key == name.lower())
    connection.execute(delete(former_name).where(gone))


def change_project(connection: Connection, project_id: int, **values: object) -> None:
    """Change columns of a project."""
    connection.execute(update(project).where(project.c.id == project_id).values(values))


def granted_role(connection: Connection, project_id: int, account_id: int) -> Role | None:
    """Return the role that an account was given in a project, whatever it has besides."""
    query = select(grant.c.role).where(grant.c.project_id == project_id, grant.c.account_id == account_id)
    role: Role | None = connection.execute(query).scalar_one_or_none()
    return role


def has_projects(connection: Connection, owner_id: int) -> bool:
    """Whether an account owns projects, deleted ones that can be brought back among them."""
    query = select(project.c.id).where(project.c.owner_id == owner_id, project.c.purged.is_(None))
    return connection.execute(query.limit(1)).first() is not None


def set_role(connection: Connection, project_id: int, account_id: int, role: str | None) -> None:
    """Give an account a role in a project, in place of the one it had; ``None`` takes it away."""
    connection.execute(delete(grant).where(grant.c.project_id == project_id, grant.c.account_id == account_id))
    if role:
        connection.execute(insert(grant).values(project_id=project_id, account_id=account_id, role=role))


def _unused_ledger_name(connection: Connection, wanted: str) -> str:
    """Return the name, or the name with a number when another project had it before: the ledger keeps them apart."""
    pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "~%"
    query = select(func.count(literal(1))).where(
        or_(project.c.ledger_name == wanted, project.c.ledger_name.like(pattern, escape="\\"))
    )
    used = connection.execute(query).scalar_one()
    return f"{wanted}~{used + 1}" if used else wanted
