"""Projects in JSON: creating and changing them, their members, branch rules, statuses and deploy tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from headway.kernel.identity.tokens import Wanted
from headway.kernel.platform import Platform
from headway.kernel.projects.listing import list_projects
from headway.kernel.projects.members import Members
from headway.kernel.projects.records import Access
from headway.repository.administration import Changes
from headway.repository.branchrules import BranchRule
from headway.repository.cloning import clone_addresses
from headway.repository.declared import Declared
from headway.repository.fetching import Source
from headway.repository.room import CentralRepository
from headway.repository.schemas import (
    BranchRuleShape,
    CombinedStatusShape,
    CreatedDeployTokenShape,
    DeletedProjectShape,
    DeployTokenShape,
    HeadwayYamlShape,
    ImportShape,
    MemberShape,
    MoveShape,
    NewDeployTokenShape,
    NewProjectShape,
    NewStatusShape,
    ProjectChangesShape,
    ProjectShape,
    RestoreShape,
    RoleShape,
    StatusShape,
    deploy_token_values,
    headway_yaml_shape,
    project_shape,
    rule_shape,
)
from headway.repository.service import NewProject
from headway.repository.settings import BranchRules, NewStatus, Statuses, combined_state, newest_of_each
from headway.web.schemas import ListOf

_PROJECT = "/projects/{owner}/{name}"


class ProjectApi:
    """Projects and what is set in them."""

    def __init__(self, platform: Platform, room: CentralRepository) -> None:
        self._platform = platform
        self._repositories = room.repositories
        self._administration = room.administration
        self._importing = room.importing
        self._members = Members(platform.database, platform.ledger)
        self._rules = BranchRules(platform)
        self._addresses = clone_addresses(platform.settings)
        self._statuses = Statuses(platform)
        self._declared = Declared(room.hosting, platform.sections)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["projects"])
        add = router.add_api_route
        add("/projects", self.projects, methods=["GET"])
        add("/projects", self.create, methods=["POST"], status_code=201)
        add("/imports", self.import_project, methods=["POST"], status_code=201)
        add("/deleted-projects", self.deleted, methods=["GET"])
        add("/deleted-projects/{project_id}/restore", self.restore, methods=["POST"])
        add(_PROJECT, self.project, methods=["GET"])
        add(_PROJECT, self.change, methods=["PATCH"])
        add(_PROJECT, self.delete, methods=["DELETE"], status_code=204)
        add(f"{_PROJECT}/move", self.move, methods=["POST"])
        add(f"{_PROJECT}/members", self.members, methods=["GET"])
        add(f"{_PROJECT}/members/{{handle}}", self.give_role, methods=["PUT"], status_code=204)
        add(f"{_PROJECT}/members/{{handle}}", self.take_role, methods=["DELETE"], status_code=204)
        add(f"{_PROJECT}/branch-rules", self.rules, methods=["GET"])
        add(f"{_PROJECT}/branch-rules", self.set_rule, methods=["PUT"])
        add(f"{_PROJECT}/branch-rules", self.remove_rule, methods=["DELETE"], status_code=204)
        add(f"{_PROJECT}/headway-yaml", self.headway_yaml, methods=["GET"])
        add(f"{_PROJECT}/statuses/{{sha}}", self.report_status, methods=["POST"], status_code=201)
        add(f"{_PROJECT}/statuses/{{sha}}", self.status, methods=["GET"])
        add(f"{_PROJECT}/deploy-tokens", self.tokens, methods=["GET"])
        add(f"{_PROJECT}/deploy-tokens", self.create_token, methods=["POST"], status_code=201)
        add(f"{_PROJECT}/deploy-tokens/{{token_id}}", self.revoke_token, methods=["DELETE"], status_code=204)
        return router

    def projects(
        self,
        request: Request,
        filter: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=500)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ListOf[ProjectShape]:
        """Return the projects that you may see, the most recently active first."""
        actor = request.state.actor
        page = self._platform.database.read(lambda connection: list_projects(connection, actor, filter, after, limit))
        items = [project_shape(Access(each, None), self._addresses) for each in page.items]
        return ListOf(items=items, following=page.following)

    def create(self, request: Request, new: NewProjectShape) -> ProjectShape:
        """Create a project with an empty repository."""
        project = self._repositories.create(request.state.actor, NewProject(**new.model_dump()))
        return project_shape(Access(project, "owner"), self._addresses)

    def import_project(self, request: Request, new: ImportShape) -> ProjectShape:
        """Create a project with all branches and tags of a repository at an address."""
        source = Source(new.url, "", new.username, new.password.get_secret_value())
        values = new.model_dump(exclude={"url", "username", "password"})
        project = self._importing.import_from(request.state.actor, source, NewProject(**values))
        return project_shape(Access(project, "owner"), self._addresses)

    def project(self, request: Request, owner: str, name: str) -> ProjectShape:
        """Return one project."""
        return project_shape(self._open(request, owner, name, "project.read"), self._addresses)

    def change(self, request: Request, owner: str, name: str, changes: ProjectChangesShape) -> ProjectShape:
        """Change a project."""
        owners_only = changes.visibility is not None or changes.archived is not None
        action = "project.administer" if owners_only else "project.update"
        access = self._open(request, owner, name, action)
        project = self._administration.change(request.state.actor, access, Changes(**changes.model_dump()))
        return project_shape(Access(project, access.role), self._addresses)

    def delete(self, request: Request, owner: str, name: str) -> None:
        """Delete a project. For a time it can be brought back."""
        access = self._open(request, owner, name, "project.administer")
        self._administration.delete(request.state.actor, access)

    def move(self, request: Request, owner: str, name: str, to: MoveShape) -> ProjectShape:
        """Rename a project, or give it to another owner. The old address leads to the new one."""
        access = self._open(request, owner, name, "project.administer")
        project = self._administration.move(request.state.actor, access, to.owner, to.name)
        return project_shape(Access(project, access.role), self._addresses)

    def deleted(self, request: Request) -> ListOf[DeletedProjectShape]:
        """Return the deleted projects that you can bring back."""
        found = self._administration.deleted(request.state.actor)
        items = [
            DeletedProjectShape(id=each.id, full_name=each.full_name, deleted=each.deleted)
            for each in found
            if each.deleted
        ]
        return ListOf(items=items, following="")

    def restore(self, request: Request, project_id: int, how: RestoreShape) -> ProjectShape:
        """Bring a deleted project back."""
        project = self._administration.restore(request.state.actor, project_id, how.name)
        return project_shape(Access(project, "owner"), self._addresses)

    def members(self, request: Request, owner: str, name: str) -> ListOf[MemberShape]:
        """Return who was given a role in the project."""
        found = self._members.list(self._open(request, owner, name, "member.read"))
        return ListOf(items=[MemberShape(**member._asdict()) for member in found], following="")

    def give_role(self, request: Request, owner: str, name: str, handle: str, given: RoleShape) -> None:
        """Give a person, a team or a service account a role."""
        access = self._open(request, owner, name, "member.write")
        self._members.give(request.state.actor, access, handle, given.role)

    def take_role(self, request: Request, owner: str, name: str, handle: str) -> None:
        """Take somebody's role away."""
        access = self._open(request, owner, name, "member.write")
        self._members.give(request.state.actor, access, handle, None)

    def rules(self, request: Request, owner: str, name: str) -> ListOf[BranchRuleShape]:
        """Return the branch rules."""
        found = self._rules.list(self._open(request, owner, name, "code.read"))
        return ListOf(items=[rule_shape(rule) for rule in found], following="")

    def set_rule(self, request: Request, owner: str, name: str, rule: BranchRuleShape) -> BranchRuleShape:
        """Make a branch rule, or change the one that has its pattern."""
        access = self._open(request, owner, name, "branch-rule.write")
        values = rule.model_dump() | {"required_checks": tuple(rule.required_checks)}
        return rule_shape(self._rules.set(request.state.actor, access, BranchRule(0, **values)))

    def remove_rule(
        self, request: Request, owner: str, name: str, pattern: Annotated[str, Query(max_length=255)]
    ) -> None:
        """Take a branch rule away."""
        access = self._open(request, owner, name, "branch-rule.write")
        self._rules.remove(request.state.actor, access, pattern)

    def headway_yaml(
        self, request: Request, owner: str, name: str, branch: Annotated[str, Query(max_length=255)] = ""
    ) -> HeadwayYamlShape:
        """Return what `headway.yaml` says for a branch: that of the default branch if the branch is not there."""
        access = self._open(request, owner, name, "code.read")
        return headway_yaml_shape(self._declared.on_branch(access.project.id, branch), self._platform.sections)

    def report_status(self, request: Request, owner: str, name: str, sha: str, new: NewStatusShape) -> StatusShape:
        """Report what a check says of a commit."""
        access = self._open(request, owner, name, "status.write")
        made = self._statuses.report(request.state.actor, access, sha, NewStatus(**new.model_dump()))
        return StatusShape(**made._asdict())

    def status(self, request: Request, owner: str, name: str, sha: str) -> CombinedStatusShape:
        """Return what all checks of a commit amount to; of each context the newest status counts."""
        access = self._open(request, owner, name, "code.read")
        newest = newest_of_each(self._statuses.of(access, sha))
        statuses = [StatusShape(**status._asdict()) for status in newest]
        return CombinedStatusShape(sha=sha, state=combined_state(newest), statuses=statuses)

    def tokens(self, request: Request, owner: str, name: str) -> ListOf[DeployTokenShape]:
        """Return the deploy tokens."""
        access = self._open(request, owner, name, "token.write")
        found = self._platform.tokens.of_project(access.project.id)
        return ListOf(items=[DeployTokenShape(**deploy_token_values(token)) for token in found], following="")

    def create_token(
        self, request: Request, owner: str, name: str, new: NewDeployTokenShape
    ) -> CreatedDeployTokenShape:
        """Create a deploy token. Keep its secret: it is shown this once."""
        access = self._open(request, owner, name, "token.write")
        wanted = Wanted(new.name, tuple(new.scopes), new.expires)
        made = self._platform.tokens.create_deploy(request.state.actor, access.project, wanted)
        return CreatedDeployTokenShape(secret=made.secret, **deploy_token_values(made.token))

    def revoke_token(self, request: Request, owner: str, name: str, token_id: int) -> None:
        """Revoke a deploy token."""
        access = self._open(request, owner, name, "token.write")
        self._platform.tokens.revoke(request.state.actor, token_id, project=access.project)

    def _open(self, request: Request, owner: str, name: str, action: str) -> Access:
        return self._platform.projects.open(request.state.actor, owner, name, action)
