"""`headway admin`: what takes the machine's own word, for when nobody can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.cli.opening import add_place, opened
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from headway.kernel.identity.store import Account
    from headway.kernel.platform import Platform

_EXAMPLES = """\
  headway admin create-person anna --email anna@example.com --administrator
  headway admin sign-in-link anna          a link by which anna signs in, once
  headway admin create-token anna --name ci --scopes write:code,read:project
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "admin",
        "Administer the installation on this machine, also while it is running.",
        _EXAMPLES,
    )
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    person = verbs.add_parser("create-person", help="create an account, and print a link to sign in with")
    person.add_argument("--name", default="", help="the person's name")
    person.add_argument("--email", help="the person's e-mail address")
    person.add_argument("--administrator", action="store_true", help="let the person administer the installation")
    link = verbs.add_parser("sign-in-link", help="print a link by which somebody signs in, once")
    token = verbs.add_parser("create-token", help="print a new token of somebody")
    token.add_argument("--name", default="command line", help="what the token is for")
    token.add_argument("--scopes", default="write:code,write:project", help="what it is good for, with commas between")
    for verb in (person, link, token):
        verb.add_argument("handle", help="the person's handle")
        add_place(verb)
    return made


def run(options: Namespace) -> int:
    """Run one of the verbs."""
    verbs = {"create-person": _create_person, "sign-in-link": _sign_in_link, "create-token": _create_token}
    with opened(options) as platform:
        verbs[options.verb](platform, options)
    return 0


def _create_person(platform: Platform, options: Namespace) -> None:
    from headway.kernel.identity.actors import SYSTEM

    platform.identity.create_person(SYSTEM, options.handle, options.name, options.email, admin=options.administrator)
    _sign_in_link(platform, options)


def _sign_in_link(platform: Platform, options: Namespace) -> None:
    account_id = _account(platform, options.handle).id
    print(f"{platform.base_url}/-/sign-in/{platform.identity.link(account_id, 'sign-in')}")


def _create_token(platform: Platform, options: Namespace) -> None:
    from headway.kernel.identity.authentication import actor_of
    from headway.kernel.identity.tokens import Wanted

    account = _account(platform, options.handle)
    actor = platform.database.read(lambda connection: actor_of(connection, account))
    scopes = tuple(scope.strip() for scope in options.scopes.split(",") if scope.strip())
    print(platform.tokens.create_personal(actor, Wanted(options.name, scopes)).secret)


def _account(platform: Platform, handle: str) -> Account:
    from headway.kernel.errors import NotFoundError
    from headway.kernel.identity.store import account_by_handle

    found = platform.database.read(lambda connection: account_by_handle(connection, handle))
    if found is None or found.kind != "person":
        raise NotFoundError(f"there is no person '{handle}'; create one with `headway admin create-person {handle}`")
    return found
