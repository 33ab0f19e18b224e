"""The room as a whole: its parts, put together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from headway.kernel.ledger.subscriptions import Subscription
from headway.repository.administration import Administration
from headway.repository.declared import Declared
from headway.repository.discovering import Discovering
from headway.repository.hosting import Hosting
from headway.repository.housekeeping import Housekeeping
from headway.repository.importing import Importing
from headway.repository.mirrors.posting import Posting
from headway.repository.mirrors.service import Mirrors
from headway.repository.receiving import Receiving
from headway.repository.recording import Recording
from headway.repository.rules import Rules
from headway.repository.service import Repositories
from headway.repository.transport.access import GitAccess
from headway.repository.transport.ssh import SshServer
from headway.repository.transport.ssh_serving import SshParts

if TYPE_CHECKING:
    from headway.kernel.controllers import Controllers
    from headway.kernel.platform import Platform


class CentralRepository(NamedTuple):
    """The parts of the central repository."""

    hosting: Hosting
    receiving: Receiving
    discovering: Discovering
    repositories: Repositories
    administration: Administration
    importing: Importing
    recording: Recording
    housekeeping: Housekeeping
    mirrors: Mirrors
    posting: Posting

    def add_controllers(self, controllers: Controllers) -> None:
        """Add what runs beside: recording each push, indexing it, erasing what was deleted long ago."""
        controllers.add("settling", self.receiving.settle, every=5.0, leased=False)
        record = controllers.add("recording", self.recording.record_all, every=5.0)
        self.receiving.after_push.append(record)
        keep = controllers.add("housekeeping", self.housekeeping.keep_all, every=30.0)
        self.recording.after_push.append(keep)
        controllers.add("mirrors", self.mirrors.follow_due, every=5.0)
        statuses = Subscription(self.mirrors.database, "mirror statuses", self.posting.take, from_now=True)

        def post_statuses() -> None:
            statuses.catch_up()
            self.posting.post_due()

        controllers.add("mirror statuses", post_statuses, every=2.0)
        controllers.add("purging", self.administration.purge, every=60.0)

    def ssh_server(self, platform: Platform) -> SshServer:
        """Return what answers Git over SSH, not started yet."""
        settings = platform.settings
        parts = SshParts(
            hosting=self.hosting,
            receiving=self.receiving,
            access=GitAccess(platform, self.repositories, self.hosting, "ssh"),
            authentication=platform.authentication,
            tokens=platform.tokens,
            limits=settings.limits,
            places=asyncio.Semaphore(settings.limits.transfers),
            base_url=platform.base_url,
            host_name=urlsplit(platform.base_url).hostname or "localhost",
        )
        return SshServer(settings, parts, platform.secrets)


def central_repository(platform: Platform) -> CentralRepository:
    """Return the room's parts on the kernel's."""
    database, ledger = platform.database, platform.ledger
    hosting = Hosting(platform.settings.git_folder)
    rules = Rules(platform, hosting, Declared(hosting, platform.sections))
    receiving = Receiving(database, ledger, hosting, rules)
    discovering = Discovering(database, ledger.ids, hosting, receiving)
    repositories = Repositories(platform, hosting)
    administration = Administration(platform, hosting, repositories)
    importing = Importing(platform, hosting, repositories, administration, discovering)
    mirrors = Mirrors(platform, importing, discovering)
    return CentralRepository(
        hosting=hosting,
        receiving=receiving,
        discovering=discovering,
        repositories=repositories,
        administration=administration,
        importing=importing,
        recording=Recording(database, ledger, hosting),
        housekeeping=Housekeeping(database, hosting, platform.clock),
        mirrors=mirrors,
        posting=Posting(platform, mirrors),
    )
