"""The model of the section ``branches``: the same rules that a project keeps in Headway, as code."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from headway.kernel.identity.roles import Role  # noqa: TC001 - pydantic reads it


class BranchSection(BaseModel):
    """What holds for the branches whose name matches. A role that is null: nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    push_role: Role | None = Field("maintainer", description="who may push, this role and those above it")
    force_role: Role | None = Field(None, description="who may replace the branch's history by another")
    delete_role: Role | None = Field(None, description="who may delete the branch")
    required_checks: list[str] = Field([], max_length=50, description="statuses that a commit must have passed")
    signed: bool = Field(False, description="commits have to carry a verified signature")


Pattern = Annotated[str, Field(min_length=1, max_length=255)]
branches: TypeAdapter[dict[str, BranchSection]] = TypeAdapter(dict[Pattern, BranchSection])
