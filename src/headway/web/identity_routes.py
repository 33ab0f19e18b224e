"""All routes of identity: accounts, teams, people, programs, invitations, the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.web.account_api import AccountApi
from headway.web.account_pages import AccountPages
from headway.web.inbox_api import InboxApi
from headway.web.invitations_api import InvitationsApi
from headway.web.people_api import PeopleApi
from headway.web.project_access_api import ProjectAccessApi
from headway.web.service_accounts_api import ServiceAccountsApi
from headway.web.teams_api import TeamsApi

if TYPE_CHECKING:
    from fastapi import APIRouter

    from headway.kernel.platform import Platform
    from headway.web.rendering import Pages


def identity_routers(platform: Platform, pages: Pages, *, https: bool) -> tuple[APIRouter, ...]:
    """Return the routers."""
    return (
        AccountApi(platform).router(),
        InboxApi(platform).router(),
        TeamsApi(platform).router(),
        PeopleApi(platform).router(),
        ServiceAccountsApi(platform).router(),
        InvitationsApi(platform).router(),
        ProjectAccessApi(platform).router(),
        AccountPages(platform, pages, https=https).router(),
    )
