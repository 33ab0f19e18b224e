"""What the methods of the service work with: who calls, the stores of the run, uploads, and addresses for them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from headway.integration.results.errors import InvalidRequestError
from headway.integration.results.tokens import UnauthenticatedError, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.integration.results.records import Artifact, Stores
    from headway.integration.results.tokens import Grant, Signer
    from headway.integration.results.uploads import Upload, Uploads


class Backend(NamedTuple):
    """What a service is made of. ``stores`` returns those of a run, None for one that it does not serve.

    ``kept`` is told of each artifact that a client has uploaded, with the key of its job.
    """

    signer: Signer
    uploads: Uploads
    stores: Callable[[str], Stores | None]
    kept: Callable[[str, Artifact], None]


class Call(NamedTuple):
    """One call of a method: by the job of ``grant``, at the address ``base``."""

    backend: Backend
    grant: Grant
    stores: Stores
    base: str

    # The ids in messages are those in the token's scope, where colons and blanks would part them.

    def id_of(self, name: str) -> str:
        """Return the id by which clients know a run or a job."""
        return quote(name, safe="")

    def check_id(self, given: str, own: str) -> None:
        """Raise ``UnauthenticatedError`` for the id of another run or job than the token's."""
        if not same(given, self.id_of(own)):
            raise UnauthenticatedError("The token is for another run or job")

    # Uploads and downloads

    def begin_upload(self, subject: tuple[str, ...], discard: Callable[[], None]) -> Upload:
        """Return a new upload; ``discard`` is called when it is not begun, or is over."""
        try:
            return self.backend.uploads.begin(subject, discard)
        except BaseException:
            discard()
            raise

    def upload_address(self, upload: Upload) -> str:
        """Return where the parts of an upload may be sent to."""
        return self._address(f"uploads/{upload.id}", "w")

    @contextmanager
    def finished_upload(self, subject: tuple[str, ...], size: int | None) -> Iterator[Upload]:
        """Return an upload that is put together; it is over afterwards.

        Raises ``NotFoundError`` when there is none, ``InvalidRequestError`` when it has another size than is said.
        """
        import os

        upload = self.backend.uploads.take(subject)
        try:
            there = os.path.getsize(upload.content)
            if size is not None and size != there:
                raise InvalidRequestError(f"{there:,} bytes arrived, not the {size:,} that the request speaks of")
            yield upload
        finally:
            upload.close()

    def download(self, kind: str, number: int) -> str:
        """Return where an artifact or a cache may be downloaded."""
        return self._address(f"{kind}/{number}", "r")

    def _address(self, what: str, permission: str) -> str:
        path = f"/blobs/{quote(self.grant.run, safe='')}/{what}"
        return self.base + self.backend.signer.address(path, permission)

    def kept(self, artifact: Artifact) -> None:
        """Tell that a client's artifact was kept."""
        self.backend.kept(self.grant.job, artifact)
