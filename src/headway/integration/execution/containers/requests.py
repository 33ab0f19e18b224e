"""What a job says of its container and its services ("Workflow syntax", *jobs.<job_id>.container* and *services*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.expressions import Value, to_string

if TYPE_CHECKING:
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.workflows.tokens import Token

_PROTOCOL = "docker://"


class ContainerRequest(NamedTuple):
    """A container that a job asks for. ``name`` is the id of a service, empty for the job's own container."""

    name: str
    image: str
    username: str = ""
    password: str = ""
    env: dict[str, str] = {}  # noqa: RUF012 - never changed
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    options: str = ""
    entrypoint: str = ""
    command: str = ""

    @property
    def credentials(self) -> dict[str, str] | None:
        """What the registry wants to know, as the engine takes it."""
        if not self.username and not self.password:
            return None
        return {"username": self.username, "password": self.password}


def read_container(token: Token | None, evaluator: Evaluator) -> ContainerRequest | None:
    """Return the job's container, None if there is none or its image is empty. Raises ``InputError``."""
    return None if token is None else _request("", evaluator.value(token), token, evaluator)


def read_services(token: Token | None, evaluator: Evaluator) -> list[ContainerRequest]:
    """Return the services whose image is not empty. Raises ``InputError``."""
    value = None if token is None else evaluator.value(token)
    if not value:
        return []
    if not isinstance(value, dict):
        raise evaluator.error(token, f"services must be a mapping, not '{to_string(value)}'")
    found = [_request(name, service, token, evaluator) for name, service in value.items()]
    return [request for request in found if request is not None]


def _request(name: str, value: Value, token: Token | None, evaluator: Evaluator) -> ContainerRequest | None:
    if isinstance(value, list):
        raise evaluator.error(token, "a container is an image or a mapping, not a list")
    if not isinstance(value, dict):
        image = to_string(value)
        return ContainerRequest(name, image.removeprefix(_PROTOCOL)) if image.strip() else None
    image = to_string(value.get("image")).strip()
    if not image:
        return None
    credentials = value.get("credentials")
    credentials = credentials if isinstance(credentials, dict) else {}
    env = value.get("env")
    return ContainerRequest(
        name,
        image.removeprefix(_PROTOCOL),
        username=to_string(credentials.get("username")),
        password=to_string(credentials.get("password")),
        env={key: to_string(item) for key, item in env.items()} if isinstance(env, dict) else {},
        ports=_texts(value.get("ports")),
        volumes=_texts(value.get("volumes")),
        options=to_string(value.get("options")),
        entrypoint=to_string(value.get("entrypoint")),
        command=to_string(value.get("command")),
    )


def _texts(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(text for text in map(to_string, items) if text)
