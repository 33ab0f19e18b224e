"""The library ``docker``, with a way to read what programs write without losing any, and errors in our words.

Importing this module costs 0.12 s: import it where an engine is needed.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import docker
import requests
from docker import errors
from docker.context import ContextAPI
from docker.utils import kwargs_from_env

from headway.kernel.engines.errors import EngineError, MissingEngineError
from headway.kernel.engines.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"

_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 900
"""How long the engine may take to say something: it is silent while it unpacks a large layer."""
_TRANSIENT = ("timeout", "timed out", "toomanyrequests", "connection reset", "unexpected EOF", "503", "502", "504")


class Client(docker.APIClient):
    """As the library's, but connections that the engine makes over become a `Stream`.

    The library drops what was read together with the head of such a response, and its read of the rest blocks.
    """

    def _get_raw_response_socket(self, response: requests.Response) -> Stream:
        self._raise_for_status(response)  # type: ignore[attr-defined]  # missing in the stubs
        return Stream(response)


def open_client(environment: Mapping[str, str]) -> tuple[Client, str]:
    """Connect to the engine that ``DOCKER_HOST``, else the current context of the docker command, names.

    Returns the client and the engine's address. Raises ``MissingEngineError`` when none answers.
    """
    address = environment.get("DOCKER_HOST", "")
    try:
        settings = _settings(environment)
        address = settings.pop("base_url", "") or DEFAULT_ADDRESS
        _knock(address)
        client = Client(base_url=address, version="auto", timeout=_CONNECT_SECONDS, **settings)
    except (errors.DockerException, requests.RequestException, ValueError, OSError) as error:
        raise MissingEngineError(_unanswered(address or DEFAULT_ADDRESS, error, environment)) from error
    client.timeout = _SILENCE_SECONDS
    return client, address


def _settings(environment: Mapping[str, str]) -> dict[str, Any]:
    if environment.get("DOCKER_HOST"):
        return dict(kwargs_from_env(environment=dict(environment)))
    name = environment.get("DOCKER_CONTEXT") or None
    context: Any = ContextAPI.get_context(name)
    if context is None and name:
        raise ValueError(f"there is no docker context '{name}'")
    if context is None:
        return {}
    return {"base_url": context.Host, **({"tls": context.TLSConfig} if context.TLSConfig is not None else {})}


def _knock(address: str) -> None:
    """Raise ``OSError`` where no socket listens, ``ValueError`` for an address that is none.

    The library would find that out too, but leave its own socket open.
    """
    scheme, _, place = address.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_CONNECT_SECONDS)
            connection.connect(place)
    elif scheme == "ssh":
        raise ValueError("ssh cannot be used: an engine has to see the folders of this machine")
    elif scheme in ("tcp", "http", "https"):
        host, _, port = place.rstrip("/").rpartition(":")
        if not port.isdecimal():
            raise ValueError("a port was expected, as in tcp://host:2375")
        with socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS):
            return


def _unanswered(address: str, error: Exception, environment: Mapping[str, str]) -> str:
    source = f"DOCKER_HOST is '{environment['DOCKER_HOST']}'" if environment.get("DOCKER_HOST") else _unset(environment)
    return f"no engine answers at {address} ({_innermost(error)}). Start Docker, or install it; {source}"


def _unset(environment: Mapping[str, str]) -> str:
    context = environment.get("DOCKER_CONTEXT")
    return f"DOCKER_CONTEXT is '{context}'" if context else "DOCKER_HOST is not set"


def _innermost(error: BaseException) -> str:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error) or "no answer"


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raise as ``EngineError`` what goes wrong in the block; ``what`` says what was asked of the engine."""
    try:
        yield
    except errors.APIError as error:
        said = str(error.explanation or error)
        raise EngineError(f"{what}: {said}", missing=error.status_code == 404, transient=is_transient(said)) from error
    except (errors.DockerException, requests.RequestException, OSError) as error:
        raise EngineError(f"{what}: {_innermost(error)}", transient=True) from error


def is_transient(message: str) -> bool:
    """Whether what an engine said of a registry is likely to pass."""
    return any(sign in message for sign in _TRANSIENT)
