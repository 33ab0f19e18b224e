"""The shapes of projects in the API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr

from headway.web.schemas import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.kernel.headway_yaml import HeadwayYaml, Section
    from headway.kernel.identity.tokens import Token
    from headway.kernel.projects.records import Access
    from headway.repository.branchrules import BranchRule
    from headway.repository.cloning import CloneAddresses

RoleName = Literal["guest", "reporter", "developer", "maintainer", "owner"]
VisibilityName = Literal["private", "internal", "public"]


class ProjectShape(Model):
    """A project."""

    id: int
    owner: str
    name: str
    full_name: str
    description: str
    visibility: VisibilityName
    archived: bool
    created: datetime
    active: datetime = Field(description="when somebody last pushed to it")
    ledger_name: str = Field(description="its name in the ledger's subjects: the one it was created with")
    role: str = Field(description="yours; empty in lists")
    clone_url: str
    ssh_url: str | None = Field(None, description="null where SSH is not answered")


class NewProjectShape(Model):
    """A project that is to be created."""

    name: str = Field(max_length=100)
    owner: str = Field("", max_length=40, description="a person or team; yourself when empty")
    description: str = Field("", max_length=2000)
    visibility: VisibilityName = "private"
    default_branch: str = Field("main", max_length=200)


class ImportShape(NewProjectShape):
    """A project that is to be created from a repository that is elsewhere."""

    url: str = Field(max_length=2000, description="an http:// or https:// address")
    username: str = Field("", max_length=200, description="what the source wants to know of you")
    password: SecretStr = Field(SecretStr(""), max_length=2000, description="a password or token; it is not kept")


class ProjectChangesShape(Model):
    """What to change of a project; what is left out stays."""

    description: str | None = Field(None, max_length=2000)
    default_branch: str | None = Field(None, max_length=200)
    visibility: VisibilityName | None = Field(None, description="takes the role owner")
    archived: bool | None = Field(None, description="takes the role owner")


class MoveShape(Model):
    """Where a project goes: a new name, a new owner, or both."""

    name: str | None = Field(None, max_length=100)
    owner: str | None = Field(None, max_length=40)


class DeletedProjectShape(Model):
    """A project that can be brought back."""

    id: int
    full_name: str
    deleted: datetime


class RestoreShape(Model):
    """How a deleted project comes back."""

    name: str | None = Field(None, max_length=100, description="another name, if its own has been taken")


class MemberShape(Model):
    """Somebody with a role in a project."""

    handle: str
    name: str
    kind: str
    role: RoleName


class RoleShape(Model):
    """The role that somebody shall have."""

    role: RoleName


class BranchRuleShape(Model):
    """What holds for the branches whose name matches. A role that is null: nobody."""

    pattern: str = Field(max_length=255, description="`*` stands for what has no `/` in it, `**` for anything")
    push_role: RoleName | None = "maintainer"
    force_role: RoleName | None = None
    delete_role: RoleName | None = None
    required_checks: list[str] = Field([], max_length=50, description="contexts of statuses that must be a success")
    signed: bool = Field(False, description="commits have to carry a verified signature")


class ProblemShape(Model):
    """Something that is wrong in a file."""

    line: int
    column: int
    message: str
    hint: str


class HeadwayYamlShape(Model):
    """What `headway.yaml` says: its sections, those that are wrong left out."""

    sections: dict[str, Any]
    problems: list[ProblemShape]


class NewStatusShape(Model):
    """What a check says of a commit."""

    state: Literal["pending", "success", "failure", "error"]
    context: str = Field("default", max_length=255)
    description: str = Field("", max_length=300)
    target_url: str = Field("", max_length=2000)


class StatusShape(NewStatusShape):
    """A status as it was reported."""

    id: int
    sha: str
    creator: str
    created: datetime


class CombinedStatusShape(Model):
    """What all checks of a commit amount to."""

    sha: str
    state: Literal["pending", "success", "failure", "error"]
    statuses: list[StatusShape]


class DeployTokenShape(Model):
    """A token that is good for one project."""

    id: int
    name: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    used: datetime | None


class NewDeployTokenShape(Model):
    """A deploy token that is to be created."""

    name: str = Field(max_length=100)
    scopes: list[str] = Field(["read:code"], max_length=5)
    expires: datetime | None = None


class CreatedDeployTokenShape(DeployTokenShape):
    """A new deploy token. Its secret is shown this once."""

    secret: str


def project_shape(access: Access, addresses: CloneAddresses) -> ProjectShape:
    """Return a project as the API shows it."""
    project = access.project
    return ProjectShape(
        id=project.id,
        owner=project.owner,
        name=project.name,
        full_name=project.full_name,
        description=project.description,
        visibility=project.visibility,
        archived=project.archived is not None,
        created=project.created,
        active=project.active,
        ledger_name=project.ledger_name,
        role=access.role or "",
        clone_url=addresses.over_http(project.full_name),
        ssh_url=addresses.over_ssh(project.full_name),
    )


def headway_yaml_shape(file: HeadwayYaml, sections: Sequence[Section]) -> HeadwayYamlShape:
    """Return a file as the API shows it."""
    models = {section.name: section.model for section in sections}
    return HeadwayYamlShape(
        sections={name: models[name]().dump_python(value, mode="json") for name, value in file.values.items()},
        problems=[
            ProblemShape(line=each.line, column=each.column, message=each.message, hint=each.hint)
            for each in file.problems
        ],
    )


def rule_shape(rule: BranchRule) -> BranchRuleShape:
    """Return a branch rule as the API shows it."""
    values = rule._asdict()
    del values["id"]
    return BranchRuleShape(**values | {"required_checks": list(rule.required_checks)})


def deploy_token_values(token: Token) -> dict[str, object]:
    """Return what the API shows of a deploy token."""
    names = ("id", "name", "created", "expires", "used")
    return {name: getattr(token, name) for name in names} | {"scopes": list(token.scopes)}
