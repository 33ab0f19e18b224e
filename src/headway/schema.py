"""All tables of all rooms, for migrations: importing this registers them."""

from headway.kernel.blobs import tables as blobs
from headway.kernel.controllers import tables as controllers
from headway.kernel.database.tables import metadata
from headway.kernel.identity import tables as identity
from headway.kernel.inbox import tables as inbox
from headway.kernel.invitations import tables as invitations
from headway.kernel.ledger import tables as ledger
from headway.kernel.mail import tables as mail
from headway.kernel.projects import tables as projects
from headway.kernel.secrets import tables as secrets
from headway.kernel.webhooks import tables as webhooks
from headway.repository import tables as repository
from headway.repository.lfs import tables as lfs
from headway.repository.mirrors import tables as mirrors

__all__ = [
    "blobs",
    "controllers",
    "identity",
    "inbox",
    "invitations",
    "ledger",
    "lfs",
    "mail",
    "metadata",
    "mirrors",
    "projects",
    "repository",
    "secrets",
    "webhooks",
]
