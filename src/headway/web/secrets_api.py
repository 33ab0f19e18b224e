"""Secrets and variables in JSON. Values of secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, SecretStr
from starlette.requests import Request

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.platform import Platform
from headway.kernel.secrets.service import Kind, Where, where
from headway.web.schemas import ListOf, Model

_PROJECT = "/projects/{owner}/{name}"
Environment = Annotated[str, Query(max_length=255, description="an environment of the project; empty: the project")]


class _NamedShape(Model):
    name: str
    environment: str
    changed: datetime
    changed_by: str


class SecretShape(_NamedShape):
    """A secret, without its value."""

    readable: bool = Field(description="false when the key that it was encrypted with is not here; set it again")


class VariableShape(_NamedShape):
    """A variable."""

    value: str


class NewSecretShape(Model):
    """What a secret shall be."""

    value: SecretStr = Field(description="at most 48 KB of text")


class NewVariableShape(Model):
    """What a variable shall be."""

    value: str = Field(description="at most 48 KB of text")


class SetShape(Model):
    """What was set."""

    name: str = Field(description="in upper case, as runs see it")


class SecretsApi:
    """Secrets and variables of projects, of their environments, and of the installation."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._secrets = platform.secrets

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["secrets"])
        add = router.add_api_route
        for prefix, of in ((_PROJECT, _OfProject(self)), ("/installation", _OfInstallation(self))):
            add(f"{prefix}/secrets", of.secrets, methods=["GET"], response_model=ListOf[SecretShape])
            add(f"{prefix}/secrets/{{key}}", of.set_secret, methods=["PUT"], response_model=SetShape)
            add(f"{prefix}/secrets/{{key}}", of.delete_secret, methods=["DELETE"], status_code=204)
            add(f"{prefix}/variables", of.variables, methods=["GET"], response_model=ListOf[VariableShape])
            add(f"{prefix}/variables/{{key}}", of.set_variable, methods=["PUT"], response_model=SetShape)
            add(f"{prefix}/variables/{{key}}", of.delete_variable, methods=["DELETE"], status_code=204)
        return router

    def of_project(self, request: Request, owner: str, name: str, environment: str, action: str) -> Where:
        """Return a place in a project, if the gate allows the action."""
        access = self._platform.projects.open(request.state.actor, owner, name, action, environment=environment)
        return where(access.project, environment)

    def of_installation(self, request: Request) -> Where:
        """Return the installation, for those who administer it."""
        actor = request.state.actor
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to do this")
        self._platform.gate.require(actor, "installation.secrets", "installation:headway")
        return where(None)

    def listed(self, at: Where) -> ListOf[SecretShape]:
        """Return the secrets of a place."""
        shapes = [SecretShape.model_validate(each, from_attributes=True) for each in self._secrets.listed(at.place)]
        return ListOf(items=shapes, following="")

    def listed_variables(self, at: Where) -> ListOf[VariableShape]:
        """Return the variables of a place."""
        found = self._secrets.listed_variables(at.place)
        return ListOf(items=[VariableShape.model_validate(each, from_attributes=True) for each in found], following="")

    def set_secret(self, request: Request, at: Where, key: str, new: NewSecretShape) -> SetShape:
        """Set a secret."""
        return SetShape(name=self._secrets.set(request.state.actor, at, key, new.value.get_secret_value()))

    def set_variable(self, request: Request, at: Where, key: str, new: NewVariableShape) -> SetShape:
        """Set a variable."""
        return SetShape(name=self._secrets.set_variable(request.state.actor, at, key, new.value))

    def delete(self, request: Request, kind: Kind, at: Where, key: str) -> None:
        """Delete a secret or variable."""
        self._secrets.delete(kind, request.state.actor, at, key)


class _OfProject:
    """The routes below a project."""

    def __init__(self, api: SecretsApi) -> None:
        self._api = api

    def secrets(self, request: Request, owner: str, name: str, environment: Environment = "") -> ListOf[SecretShape]:
        """Return the secrets of the project or of one of its environments, without their values."""
        return self._api.listed(self._api.of_project(request, owner, name, environment, "secret.list"))

    def set_secret(
        self, request: Request, owner: str, name: str, key: str, new: NewSecretShape, environment: Environment = ""
    ) -> SetShape:
        """Set a secret of the project or of one of its environments. Nobody can read it back."""
        at = self._api.of_project(request, owner, name, environment, "secret.write")
        return self._api.set_secret(request, at, key, new)

    def delete_secret(self, request: Request, owner: str, name: str, key: str, environment: Environment = "") -> None:
        """Delete a secret of the project or of one of its environments."""
        at = self._api.of_project(request, owner, name, environment, "secret.write")
        self._api.delete(request, "secret", at, key)

    def variables(
        self, request: Request, owner: str, name: str, environment: Environment = ""
    ) -> ListOf[VariableShape]:
        """Return the variables of the project or of one of its environments."""
        return self._api.listed_variables(self._api.of_project(request, owner, name, environment, "secret.list"))

    def set_variable(
        self, request: Request, owner: str, name: str, key: str, new: NewVariableShape, environment: Environment = ""
    ) -> SetShape:
        """Set a variable of the project or of one of its environments."""
        at = self._api.of_project(request, owner, name, environment, "secret.write")
        return self._api.set_variable(request, at, key, new)

    def delete_variable(self, request: Request, owner: str, name: str, key: str, environment: Environment = "") -> None:
        """Delete a variable of the project or of one of its environments."""
        at = self._api.of_project(request, owner, name, environment, "secret.write")
        self._api.delete(request, "variable", at, key)


class _OfInstallation:
    """The routes of the whole installation."""

    def __init__(self, api: SecretsApi) -> None:
        self._api = api

    def secrets(self, request: Request) -> ListOf[SecretShape]:
        """Return the secrets that all projects have, without their values."""
        return self._api.listed(self._api.of_installation(request))

    def set_secret(self, request: Request, key: str, new: NewSecretShape) -> SetShape:
        """Set a secret that all projects have. Nobody can read it back."""
        return self._api.set_secret(request, self._api.of_installation(request), key, new)

    def delete_secret(self, request: Request, key: str) -> None:
        """Delete a secret that all projects have."""
        self._api.delete(request, "secret", self._api.of_installation(request), key)

    def variables(self, request: Request) -> ListOf[VariableShape]:
        """Return the variables that all projects have."""
        return self._api.listed_variables(self._api.of_installation(request))

    def set_variable(self, request: Request, key: str, new: NewVariableShape) -> SetShape:
        """Set a variable that all projects have."""
        return self._api.set_variable(request, self._api.of_installation(request), key, new)

    def delete_variable(self, request: Request, key: str) -> None:
        """Delete a variable that all projects have."""
        self._api.delete(request, "variable", self._api.of_installation(request), key)
