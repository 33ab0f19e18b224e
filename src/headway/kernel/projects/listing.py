"""Lists of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from headway.kernel.database.tables import instant, microseconds
from headway.kernel.identity.tables import account
from headway.kernel.paging import Page, cursor, cursor_parts
from headway.kernel.projects.store import project_of, projects, visible_to
from headway.kernel.projects.tables import project

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.projects.records import Project


def list_projects(
    connection: Connection, actor: Actor, text: str = "", after: str = "", limit: int = 50
) -> Page[Project]:
    """Return the projects that an actor may see, the most recently active first.

    ``text`` is a part of ``owner/name``. Raises ``InputError`` for a cursor that is none.
    """
    query = projects().where(visible_to(actor))
    for word in text.lower().split("/")[:3]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(project.c.name_key.like(pattern, escape="\\"), account.c.handle_key.like(pattern, escape="\\"))
        )
    if after:
        active, last = cursor_parts(after, int, int)
        moment = instant(active)
        query = query.where(or_(project.c.active < moment, and_(project.c.active == moment, project.c.id < last)))
    query = query.order_by(project.c.active.desc(), project.c.id.desc()).limit(limit + 1)
    found = [project_of(row) for row in connection.execute(query)]
    items = tuple(found[:limit])
    following = cursor(microseconds(items[-1].active), items[-1].id) if len(found) > limit else ""
    return Page(items, following)
