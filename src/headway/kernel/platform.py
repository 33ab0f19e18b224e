"""What every room is handed: the parts of the kernel, made once when the server starts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.blobs.blobs import Blobs, store_for
from headway.kernel.clock import system_clock
from headway.kernel.database import Database
from headway.kernel.gate import Gate
from headway.kernel.gate.builtin import administration, archived, roles
from headway.kernel.identity.authentication import Authentication
from headway.kernel.identity.gpg_keys import GpgKeys
from headway.kernel.identity.passwords import Passwords
from headway.kernel.identity.people import People, PeopleParts
from headway.kernel.identity.recovery import Recovery, RecoveryParts
from headway.kernel.identity.service import Identity
from headway.kernel.identity.service_accounts import ServiceAccounts, ServiceParts
from headway.kernel.identity.ssh_keys import SshKeys
from headway.kernel.identity.teams import TeamParts, Teams
from headway.kernel.identity.tokens import Tokens
from headway.kernel.ids import Ids
from headway.kernel.inbox.service import Inbox, InboxParts
from headway.kernel.invitations.service import InvitationParts, Invitations
from headway.kernel.ledger.appending import Ledger
from headway.kernel.mail.outbox import Outbox
from headway.kernel.projects.opening import Projects
from headway.kernel.projects.store import has_projects
from headway.kernel.secrets.service import SecretParts, Secrets
from headway.kernel.webhooks.delivering import Delivering
from headway.kernel.webhooks.service import Webhooks

if TYPE_CHECKING:
    from headway.kernel.clock import Clock
    from headway.kernel.headway_yaml import Section
    from headway.kernel.identity.openid.service import OpenId
    from headway.kernel.settings import Settings


class Platform(NamedTuple):
    """The parts of the kernel."""

    settings: Settings
    sections: tuple[Section, ...]
    clock: Clock
    database: Database
    ledger: Ledger
    gate: Gate
    identity: Identity
    tokens: Tokens
    authentication: Authentication
    projects: Projects
    teams: Teams
    blobs: Blobs
    secrets: Secrets
    outbox: Outbox
    recovery: Recovery
    invitations: Invitations
    openid: OpenId | None
    people: People
    service_accounts: ServiceAccounts
    ssh_keys: SshKeys
    gpg_keys: GpgKeys
    inbox: Inbox
    webhooks: Webhooks
    delivering: Delivering

    @property
    def base_url(self) -> str:
        """The address that people use, without a slash at its end."""
        return base_url(self.settings)


def base_url(settings: Settings) -> str:
    """Return the address that people use, without a slash at its end."""
    if settings.base_url:
        return str(settings.base_url).rstrip("/")
    return f"http://{settings.host}:{settings.port}"


def make_platform(settings: Settings, clock: Clock = system_clock, sections: tuple[Section, ...] = ()) -> Platform:
    """Return the parts of the kernel for these settings. Nothing is started, and no connection is made yet.

    ``sections``: what the rooms read in ``headway.yaml``.
    """
    database = Database(settings.database_address, silence=settings.database_seconds)
    ledger = Ledger(clock, Ids(clock))
    gate = Gate([roles, archived, administration])
    life = timedelta(days=settings.session_days)
    passwords = Passwords()
    identity = Identity(database, ledger, passwords, clock, life)
    outbox = Outbox(database, settings.mail, clock)
    tokens = Tokens(database, ledger, clock)
    teams = Teams(TeamParts(database, ledger, gate, clock, has_projects))
    address, invited = base_url(settings), timedelta(days=settings.invitation_days)
    invitations = InvitationParts(database, ledger, gate, clock, identity, teams, outbox, address, invited)
    secrets = Secrets(SecretParts(database, ledger, gate, clock), settings)
    private = settings.outbound_private
    return Platform(
        settings=settings,
        sections=sections,
        clock=clock,
        database=database,
        ledger=ledger,
        gate=gate,
        identity=identity,
        tokens=tokens,
        authentication=Authentication(database, clock, life),
        projects=Projects(database, gate),
        teams=teams,
        blobs=Blobs(database, store_for(settings), clock),
        secrets=secrets,
        outbox=outbox,
        recovery=Recovery(RecoveryParts(database, ledger, clock, identity, passwords, outbox, address)),
        invitations=Invitations(invitations),
        people=People(PeopleParts(database, ledger, gate, clock, identity)),
        service_accounts=ServiceAccounts(ServiceParts(database, ledger, gate, clock, teams, tokens)),
        ssh_keys=SshKeys(database, ledger, clock),
        gpg_keys=GpgKeys(database, ledger, clock),
        inbox=Inbox(InboxParts(database, clock, outbox, address, timedelta(days=settings.inbox_days))),
        webhooks=Webhooks(database, ledger, clock, secrets, private=private),
        delivering=Delivering(database, clock, secrets, address, private=private),
        openid=_openid(settings, database, ledger, clock, identity),
    )


def _openid(settings: Settings, database: Database, ledger: Ledger, clock: Clock, identity: Identity) -> OpenId | None:
    """Return the providers that people can sign in with; what they take is loaded only if there are any."""
    if not settings.openid:
        return None
    from headway.kernel.identity.openid.service import OpenId, OpenIdParts

    return OpenId(settings.openid, OpenIdParts(database, ledger, clock, identity, base_url(settings)))
