"""`headway secrets` and `headway vars`: secrets and variables, on the machine of the installation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from headway.cli.opening import add_place, opened
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from headway.kernel.platform import Platform
    from headway.kernel.secrets.service import Kind, Where

_EXAMPLES = """\
  headway {command} set DEPLOY_KEY --project acme/shop < key.pem
  headway {command} set API_URL --project acme/shop --environment production
  headway {command} list --project acme/shop
"""


def parser(command: str = "secrets") -> ArgumentParser:
    """Return the parser of the command."""
    what = "secret" if command == "secrets" else "variable"
    made = new_parser(
        command,
        f"Set, list and delete {what}s, also while the server is running. Without --project: of all.",
        _EXAMPLES.format(command=command),
    )
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    setting = verbs.add_parser("set", help=f"set a {what}; its value is read from standard input or asked for")
    listing = verbs.add_parser("list", help=f"list {what}s")
    deleting = verbs.add_parser("delete", help=f"delete a {what}")
    for verb in (setting, deleting):
        verb.add_argument("name", help=f"the {what}'s name")
    for verb in (setting, listing, deleting):
        verb.add_argument("--project", metavar="OWNER/NAME", default="", help="the project; else the installation")
        verb.add_argument("--environment", default="", help="an environment of the project")
        add_place(verb)
    if command == "secrets":
        rotating = verbs.add_parser("rotate", help="encrypt all secrets with a new key, or go on with that")
        rotating.add_argument("--lost-key", action="store_true", help="the old key is lost: make a new one without it")
        add_place(rotating)
    return made


def run(options: Namespace, kind: Kind = "secret") -> int:
    """Run one of the verbs."""
    with opened(options) as platform:
        platform.secrets.prepare()
        if options.verb == "rotate":
            return _rotate(platform, lost_key=options.lost_key)
        at = _where(platform, options)
        if options.verb == "set":
            _set(platform, kind, at, options.name)
        elif options.verb == "list":
            _list(platform, kind, at)
        else:
            from headway.kernel.identity.actors import SYSTEM

            platform.secrets.delete(kind, SYSTEM, at, options.name)
    return 0


def _set(platform: Platform, kind: Kind, at: Where, name: str) -> None:
    from headway.kernel.identity.actors import SYSTEM
    from headway.kernel.secrets.places import checked_name

    checked_name(name)
    value = _value(name)
    setting = platform.secrets.set if kind == "secret" else platform.secrets.set_variable
    print(f"{setting(SYSTEM, at, name, value)} is set")


def _value(name: str) -> str:
    """Return the value that somebody types or sends; never an argument, which everybody on the machine can see."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"Value of {name}: ")
    data = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    return data.removesuffix("\n").removesuffix("\r")


def _list(platform: Platform, kind: Kind, at: Where) -> None:
    if kind == "variable":
        for each in platform.secrets.listed_variables(at.place):
            print(f"{each.name}={each.value}")
        return
    for each in platform.secrets.listed(at.place):
        note = "" if each.readable else "  (cannot be read: its key is not here)"
        print(f"{each.name}  set {each.changed:%Y-%m-%d %H:%M} by {each.changed_by}{note}")


def _rotate(platform: Platform, *, lost_key: bool) -> int:
    from headway.kernel.identity.actors import SYSTEM
    from headway.kernel.secrets.rotating import rotate

    done = rotate(platform.secrets, SYSTEM, lost_key=lost_key)
    print(f"{done.anew} secrets are encrypted with the new key")
    if platform.secrets.keys.is_set:
        print("The key is in the settings: leave the first one there, and take the others away.")
    else:
        print(f"Keep a copy of {platform.secrets.keys.path} apart from the backups.")
    if done.unreadable:
        print(f"{done.unreadable} could not be read; set them again (`headway secrets list` marks them).")
    return 1 if done.unreadable else 0


def _where(platform: Platform, options: Namespace) -> Where:
    from headway.kernel.errors import NotFoundError
    from headway.kernel.projects.store import by_name
    from headway.kernel.secrets.service import where

    if not options.project:
        return where(None, options.environment)
    owner, _, name = options.project.partition("/")
    found = platform.database.read(lambda connection: by_name(connection, owner, name))
    if found is None:
        raise NotFoundError(f"there is no project '{options.project}'; write it as owner/name")
    return where(found, options.environment)
