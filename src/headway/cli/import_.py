"""`headway import`: a repository becomes a project, with its whole history."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.opening import add_place, opened
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Project

_EXAMPLES = """\
  headway import ~/work/shop anna/shop                       a repository on this machine
  headway import https://forge.example.com/acme/shop acme/shop --visibility internal
  HEADWAY_IMPORT_PASSWORD=… headway import https://forge.example.com/acme/secret acme/secret

Works on the installation of this machine, also while the server runs; commits are linked in the ledger as soon as it
does.
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "import",
        "Create a project with all branches and tags of a repository that is elsewhere.",
        _EXAMPLES,
    )
    made.add_argument("source", help="an https:// address, or a folder of this machine")
    made.add_argument("project", metavar="OWNER/NAME", help="the project to create")
    made.add_argument("--visibility", choices=("private", "internal", "public"), default="private")
    made.add_argument("--description", default="", help="what the project is")
    made.add_argument("--username", default="", help="for the source; the password is HEADWAY_IMPORT_PASSWORD")
    add_place(made)
    return made


def run(options: Namespace) -> int:
    """Import a repository."""
    from headway.kernel.errors import InputError, Problem

    owner, _, name = options.project.partition("/")
    if not owner or not name:
        problem = Problem("OWNER/NAME", 0, 0, f"'{options.project}' names no project", "e.g. acme/shop")
        raise InputError([problem])
    with opened(options) as platform:
        print(f"fetching {options.source} …", file=sys.stderr)
        project = _import(platform, options, owner, name)
        print(f"{platform.base_url}/{project.full_name}")
    return 0


def _import(platform: Platform, options: Namespace, owner: str, name: str) -> Project:
    from headway.kernel.identity.actors import SYSTEM
    from headway.repository.fetching import Source
    from headway.repository.room import central_repository
    from headway.repository.service import NewProject

    if "://" in options.source:
        password = os.environ.get("HEADWAY_IMPORT_PASSWORD", "")
        source = Source(options.source, "", options.username, password)
    else:
        source = Source(folder=str(Path(options.source).expanduser().absolute()))
    new = NewProject(name, owner, options.description, options.visibility)
    return central_repository(platform).importing.import_from(SYSTEM, source, new)
