"""An engine that runs containers ("Docker Engine API"): Docker's, or another that speaks its API."""

from __future__ import annotations

import ipaddress
import select
import time
from typing import TYPE_CHECKING

from headway.kernel.engines.client import is_transient, open_client, told
from headway.kernel.engines.errors import EngineError
from headway.kernel.engines.programs import WRAPPER, ContainerProgram, ExecProgram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO, Any

    from headway.kernel.engines.client import Client
    from headway.kernel.engines.stream import Stream

    Credentials = Mapping[str, str]

_ATTEMPTS = 3
_PAUSE = 0.005  # seconds from the end of an output to the end of its program


class Engine:
    """One engine. May be used by several threads. Everything raises ``EngineError`` with what the engine said."""

    __slots__ = ("_client", "address")

    def __init__(self, client: Client, address: str) -> None:
        self._client: Any = client  # the stubs lack half of what is used
        self.address = address

    @classmethod
    def connect(cls, environment: Mapping[str, str]) -> Engine:
        """Return the engine that an environment names. Raises ``MissingEngineError`` when none answers."""
        return cls(*open_client(environment))

    @property
    def socket(self) -> str:
        """The path of its socket; empty if it is reached in another way, and may be on another machine."""
        scheme, _, path = self.address.partition("://")
        return path if scheme == "unix" else ""

    # Images

    def has_image(self, image: str) -> bool:
        """Return whether the image is there already."""
        try:
            with told(f"The image '{image}' could not be looked up"):
                self._client.inspect_image(image)
        except EngineError as error:
            if error.missing:
                return False
            raise
        return True

    def pull(
        self,
        image: str,
        credentials: Credentials | None = None,
        platform: str = "",
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Fetch an image from its registry; what is likely to pass is tried three times."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._pull(image, credentials, platform, progress)
            except EngineError as error:
                if not error.transient or attempt == _ATTEMPTS:
                    raise
                progress(f"{error}. Trying again")
            else:
                return

    def _pull(
        self, image: str, credentials: Credentials | None, platform: str, progress: Callable[[str], None]
    ) -> None:
        what = f"The image '{image}' could not be pulled"
        with told(what):
            said = self._client.pull(
                image,
                stream=True,
                decode=True,
                auth_config=dict(credentials) if credentials else None,
                platform=platform or None,
            )
            for item in said:
                if "error" in item:
                    raise EngineError(f"{what}: {item['error']}", transient=is_transient(str(item["error"])))
                if "progressDetail" not in item or not item["progressDetail"]:
                    progress(_line(item))

    def build(self, context: IO[bytes], dockerfile: str, tag: str, labels: Mapping[str, str]) -> Iterator[str]:
        """Build an image from a tar file, and give what the builder says."""
        what = f"'{dockerfile}' could not be built"
        with told(what):
            said = self._client.build(
                fileobj=context,
                custom_context=True,
                dockerfile=dockerfile,
                tag=tag,
                labels=dict(labels),
                rm=True,
                forcerm=True,
                decode=True,
            )
            for item in said:
                if "error" in item:
                    raise EngineError(f"{what}: {item['error']}")
                if "stream" in item:
                    yield str(item["stream"])
                elif "status" in item and not item.get("progressDetail"):
                    yield f"{_line(item)}\n"

    # Containers

    def create(self, body: Mapping[str, Any], name: str = "", platform: str = "") -> str:
        """Make a container as *ContainerCreate* describes it, and return its id."""
        with told(f"The container of '{body['Image']}' could not be created"):
            made = self._client.create_container_from_config(dict(body), name or None, platform or None)
            return str(made["Id"])

    def start(self, container: str) -> None:
        """Start a container."""
        with told("The container could not be started"):
            self._client.start(container)

    def inspect(self, container: str) -> dict[str, Any]:
        """Return all about a container (*ContainerInspect*)."""
        with told("The container could not be inspected"):
            return dict(self._client.inspect_container(container))

    def logs(self, container: str, lines: int) -> bytes:
        """Return the last lines that a container wrote."""
        with told("The logs of the container could not be read"):
            return bytes(self._client.logs(container, tail=lines))

    def signal(self, container: str, number: int) -> None:
        """Signal a container's own program."""
        with told("The container could not be signalled"):
            self._client.kill(container, number)

    def wait(self, container: str) -> None:
        """Wait for the end of a container."""
        with told("The container could not be waited for"):
            self._client.wait(container)

    def remove(self, container: str) -> None:
        """End and remove a container with its anonymous volumes. One that does not exist is fine."""
        self._removed(
            "The container could not be removed", self._client.remove_container, container, v=True, force=True
        )

    def containers(self, label: str) -> list[dict[str, Any]]:
        """List the containers, running or not, that carry a label."""
        with told("The containers could not be listed"):
            return list(self._client.containers(all=True, filters={"label": label}))

    def attach(self, container: str) -> ContainerProgram:
        """Listen to a container that is about to be started."""
        with told("The container could not be attached to"):
            stream = self._client.attach_socket(container, {"stdout": 1, "stderr": 1, "stream": 1})
            return ContainerProgram(self, container, stream)

    # Programs in a running container

    def execute(self, container: str, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> ExecProgram:
        """Start a program in a container that has ``/bin/sh``."""
        with told(f"'{argv[0]}' could not be started in the container"):
            made = self._client.exec_create(container, [*WRAPPER, *argv], environment=dict(env), workdir=cwd)
            stream = self._client.exec_start(made["Id"], socket=True)
            return ExecProgram(self, container, str(made["Id"]), stream)

    def exec_code(self, exec_id: str) -> int | None:
        """Return the exit code of what `execute` started, None while it runs."""
        with told("The program in the container could not be inspected"):
            state = self._client.exec_inspect(exec_id)
            return None if state["Running"] else int(state["ExitCode"])

    def ask(
        self, container: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, user: str = ""
    ) -> tuple[int, str]:
        """Run a short program in a container; return its exit code, and what it printed without the last line end."""
        with told(f"'{argv[0]}' could not be started in the container"):
            made = self._client.exec_create(container, list(argv), environment=dict(env or {}), user=user)
            stream: Stream = self._client.exec_start(made["Id"], socket=True)
        parts: list[bytes] = []
        poll = select.poll()
        poll.register(stream.fd, select.POLLIN)
        while (frames := stream.read()) != []:
            if frames is None:
                poll.poll()
            else:
                parts += [data for _, data in frames]
        stream.close()
        while (code := self.exec_code(made["Id"])) is None:
            time.sleep(_PAUSE)
        return code, b"".join(parts).decode(errors="replace").removesuffix("\n")

    # Networks

    def create_network(self, name: str, labels: Mapping[str, str]) -> str:
        """Make a network of its own for some containers, and return its id."""
        with told(f"The network '{name}' could not be created"):
            return str(self._client.create_network(name, driver="bridge", labels=dict(labels))["Id"])

    def gateway(self, network: str) -> str:
        """Return the address by which containers in a network reach the machine of the engine; empty if they do not."""
        with told(f"The network '{network}' could not be inspected"):
            configs = self._client.inspect_network(network)["IPAM"]["Config"] or []
        for config in configs:
            if config.get("Gateway"):
                return str(config["Gateway"])
            if config.get("Subnet"):  # Docker does not tell it of its default network, where it is the first address
                return str(next(ipaddress.ip_network(config["Subnet"], strict=False).hosts()))
        return ""

    def networks(self, label: str) -> list[dict[str, Any]]:
        """List the networks that carry a label."""
        with told("The networks could not be listed"):
            return list(self._client.networks(filters={"label": label}))

    def remove_network(self, network: str) -> None:
        """Remove a network. One that does not exist is fine."""
        self._removed("The network could not be removed", self._client.remove_network, network)

    def _removed(self, what: str, remove: Callable[..., object], *arguments: object, **options: object) -> None:
        try:
            with told(what):
                remove(*arguments, **options)
        except EngineError as error:
            if not error.missing and "already in progress" not in str(error):
                raise


def _line(item: Mapping[str, Any]) -> str:
    layer = f"{item['id']}: " if item.get("id") else ""
    return f"{layer}{item.get('status', '')}".rstrip()
