"""All routes of identity: accounts, teams, people, programs, invitations, the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.web.account_api import AccountApi
from headway.web.account_pages import AccountPages
from headway.web.inbox_api import InboxApi
from headway.web.inbox_pages import InboxPages
from headway.web.invitation_pages import InvitationPages
from headway.web.invitations_api import InvitationsApi
from headway.web.openid_pages import OpenIdPages
from headway.web.people_api import PeopleApi
from headway.web.people_pages import PeoplePages
from headway.web.program_pages import ProgramPages
from headway.web.project_access_api import ProjectAccessApi
from headway.web.recovery_pages import RecoveryPages
from headway.web.service_accounts_api import ServiceAccountsApi
from headway.web.settings_pages import SettingsPages
from headway.web.teams_api import TeamsApi
from headway.web.teams_pages import TeamsPages
from headway.web.welcome import Welcome

if TYPE_CHECKING:
    from fastapi import APIRouter

    from headway.kernel.platform import Platform
    from headway.web.rendering import Pages


def identity_routers(platform: Platform, pages: Pages, *, https: bool) -> tuple[APIRouter, ...]:
    """Return the routers, and let every page say how much of the inbox is unread."""
    pages.provide(unread=platform.inbox.count_unread)
    welcome = Welcome(platform.settings.session_days, https=https)
    return (
        AccountApi(platform).router(),
        InboxApi(platform).router(),
        TeamsApi(platform).router(),
        PeopleApi(platform).router(),
        ServiceAccountsApi(platform).router(),
        InvitationsApi(platform).router(),
        ProjectAccessApi(platform).router(),
        AccountPages(platform, pages, welcome).router(),
        RecoveryPages(platform, pages, welcome).router(),
        OpenIdPages(platform, welcome, https=https).router(),
        InvitationPages(platform, pages, welcome).router(),
        SettingsPages(platform, pages).router(),
        InboxPages(platform, pages).router(),
        TeamsPages(platform, pages).router(),
        PeoplePages(platform, pages).router(),
        ProgramPages(platform, pages).router(),
    )
