"""`headway up`: start the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_EXAMPLES = """\
  headway up                                   start on this machine, for this machine only
  headway up --data ./data --port 9000         keep everything in ./data, listen on another port
  headway up --host 0.0.0.0 --base-url https://dev.example.com

Every setting can stand in the environment (HEADWAY_PORT=9000) or in headway.toml; docs/settings.md has them all.
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "up",
        "Start the platform: the server with its pages, its API and its Git repositories.",
        _EXAMPLES,
    )
    made.add_argument("--data", metavar="FOLDER", help="the folder that holds everything that is kept")
    made.add_argument("--host", metavar="ADDRESS", help="address to listen on (default 127.0.0.1)")
    made.add_argument("--port", type=int, metavar="PORT", help="port to listen on (default 8420; 0: a free one)")
    made.add_argument("--base-url", metavar="URL", help="the address that people use")
    made.add_argument(
        "--database", metavar="ADDRESS", help="postgresql://… (default: a SQLite file in the data folder)"
    )
    return made


def run(options: Namespace) -> int:
    """Run the server until it is told to end."""
    from headway.kernel.settings import load_settings

    settings = load_settings(**vars(options))
    from headway.server import Server

    return Server(settings, tell=lambda text: print(text, flush=True)).run()
