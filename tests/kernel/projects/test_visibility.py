"""That the condition on the database says what the pure function says."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from headway.kernel.identity.actors import ANONYMOUS, Actor
from headway.kernel.identity.roles import ROLES, Role, Visibility, rank
from headway.kernel.identity.tables import membership
from headway.kernel.projects import store
from headway.kernel.projects.tables import grant, project

if TYPE_CHECKING:
    from tests.kernel.house import House

PEOPLE = ("anna", "ben", "root-of-all")
TEAMS = ("acme", "omega")
roles = st.one_of(st.none(), st.sampled_from(ROLES))


def test_what_a_list_shows_is_what_the_role_in_each_project_allows(house: House) -> None:
    """All kinds of actors against all visibilities, owners, grants and memberships that an example has."""
    ids: dict[str, int] = {}
    for handle in PEOPLE:
        ids[handle] = house.person(handle, admin=handle == "root-of-all").account_id or 0
    for handle in TEAMS:
        ids[handle] = house.platform.teams.create(house.actor("root-of-all"), handle).id
    found = {
        (owner, visibility): house.project(owner, visibility, visibility)
        for owner, visibility in product(("anna", "acme"), get_args(Visibility))
    }

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        given_roles=st.dictionaries(st.sampled_from(("ben", "acme", "omega", "anna")), roles, max_size=4),
        member_roles=st.dictionaries(st.tuples(st.sampled_from(TEAMS), st.sampled_from(("anna", "ben"))), roles),
        scoped=st.booleans(),
        least=st.sampled_from(ROLES),
    )
    def compare(
        given_roles: dict[str, Role | None], member_roles: dict[tuple[str, str], Role | None], scoped: bool, least: Role
    ) -> None:
        def arrange(connection: Any) -> None:
            connection.execute(grant.delete())
            connection.execute(membership.delete())
            for handle, role in given_roles.items():
                for each in found.values():
                    store.set_role(connection, each.id, ids[handle], role)
            for (team, handle), role in member_roles.items():
                if role:
                    connection.execute(insert(membership).values(team_id=ids[team], account_id=ids[handle], role=role))

        house.platform.database.write(arrange)
        confined = Actor("token:deploy:1", project_id=found["anna", "private"].id, confined_role="developer")
        actors = [ANONYMOUS, confined, *(house.actor(handle) for handle in PEOPLE)]
        if scoped:
            actors = [actor._replace(scopes=frozenset({"read:project"})) for actor in actors]
        for actor in actors:
            assert listed(house, actor, least) == allowed(house, actor, list(found.values()), least), actor

    compare()


def listed(house: House, actor: Actor, least: Role) -> set[int]:
    query = select(project.c.id).where(store.visible_to(actor, least))
    return house.platform.database.read(lambda connection: set(connection.execute(query).scalars()))


def allowed(house: House, actor: Actor, found: list[Any], least: Role) -> set[int]:
    def work(connection: Any) -> set[int]:
        return {each.id for each in found if rank(store.access(connection, actor, each).role) >= rank(least)}

    return house.platform.database.read(work)
