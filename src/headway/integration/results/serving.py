"""The results service of a run on this machine: on a free port of the loopback, in a thread, from when it is needed."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from typing import TYPE_CHECKING

from headway.integration.results.backend import Backend
from headway.integration.results.records import DAY
from headway.integration.results.tokens import Grant, Signer
from headway.integration.results.trees import remove_older
from headway.integration.results.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn

    from headway.integration.results.local import LocalStores
    from headway.integration.results.records import Artifact

_LARGEST_HEADERS = 64 << 10
_MOST_AT_A_TIME = 512
_END_SECONDS = 5


class ResultsServer:
    """A service that runs. Its port is open when the object exists; requests wait until the thread takes them."""

    __slots__ = ("_ended", "_server", "_socket", "_thread", "port")

    def __init__(self, backend: Backend) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_MOST_AT_A_TIME)
        self.port: int = self._socket.getsockname()[1]
        self._ended = False
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, args=(backend,), name="results service", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it is, with a slash at the end."""
        return f"http://127.0.0.1:{self.port}/"

    def _serve(self, backend: Backend) -> None:
        try:
            import uvicorn

            from headway.integration.results.api import create_app

            config = uvicorn.Config(
                create_app(backend),
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_MOST_AT_A_TIME,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=_LARGEST_HEADERS,
            )
            self._server = uvicorn.Server(config)
            if not self._ended:
                self._server.run(sockets=[self._socket])
        finally:  # clients shall not wait for a service that could not start
            self._socket.close()

    def close(self) -> None:
        """End it, and the requests that go on."""
        self._ended = True
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(_END_SECONDS)


class LocalService:
    """The service of one run. Uploads that go on are in the cache, on the same file system as what they become."""

    __slots__ = ("_server", "_signer", "_stores", "_uploads")

    def __init__(self, stores: LocalStores, kept: Callable[[str, Artifact], None]) -> None:
        self._stores = stores
        self._signer = Signer(secrets.token_bytes(32))
        run = stores.run.run
        self._uploads = Uploads(os.path.join(stores.cache, "uploads", run))
        remove_older(os.path.dirname(self._uploads.folder), DAY)  # of runs that crashed
        self._server = ResultsServer(
            Backend(self._signer, self._uploads, lambda asked: stores if asked == run else None, kept)
        )

    def variables(self, job: str) -> dict[str, str]:
        """Return what tells the clients in a job's actions where the service is, and who they are."""
        address = self._server.address
        token = self._signer.token(Grant(self._stores.run.run, job), self._stores.run.scopes)
        return {
            "ACTIONS_CACHE_SERVICE_V2": "True",
            "ACTIONS_CACHE_URL": address,
            "ACTIONS_RESULTS_URL": address,
            "ACTIONS_RUNTIME_TOKEN": token,
            "ACTIONS_RUNTIME_URL": address,
        }

    def close(self) -> None:
        """End the service, and remove what was not finished."""
        self._server.close()
        self._uploads.close()
