"""The shapes of projects in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from headway.kernel.projects.records import Access
from headway.web.schemas import Model


class ProjectShape(Model):
    """A project."""

    id: int
    owner: str
    name: str
    full_name: str
    description: str
    visibility: Literal["private", "internal", "public"]
    archived: bool
    created: datetime
    active: datetime = Field(description="when somebody last pushed to it")
    ledger_name: str = Field(description="its name in the ledger's subjects: the one it was created with")
    role: str = Field(description="yours; empty for none")
    clone_url: str


class NewProjectShape(Model):
    """A project that is to be created."""

    name: str = Field(max_length=100)
    owner: str = Field("", max_length=40, description="a person or team; yourself when empty")
    description: str = Field("", max_length=2000)
    visibility: Literal["private", "internal", "public"] = "private"
    default_branch: str = Field("main", max_length=200)


def project_shape(access: Access, base_url: str) -> ProjectShape:
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
        clone_url=f"{base_url}/{project.full_name}.git",
    )
