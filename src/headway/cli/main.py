"""The entry point: `headway COMMAND …`. A command's module is imported when the command is called for."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from headway import __version__
from headway.kernel.errors import HeadwayError, explained

if TYPE_CHECKING:
    from collections.abc import Sequence


class CommandEntry(NamedTuple):
    """A command: the module that holds its ``parser()`` and ``run(options)``, and one line of help."""

    module: str
    help: str


COMMANDS = {
    "run": CommandEntry("headway.cli.run", "run the workflows of this repository, here and now"),
    "up": CommandEntry("headway.cli.up", "start the platform: pages, API, Git repositories, ledger"),
    "import": CommandEntry("headway.cli.import_", "create a project from a repository that is elsewhere"),
    "ledger": CommandEntry("headway.cli.ledger", "verify, show and export what happened"),
    "admin": CommandEntry("headway.cli.admin", "create people, links and tokens from this machine"),
    "secrets": CommandEntry("headway.cli.secrets", "set, list and delete secrets, and change their key"),
    "vars": CommandEntry("headway.cli.variables", "set, list and delete variables"),
    "backup": CommandEntry("headway.cli.backup", "write everything that is kept into one folder"),
    "restore": CommandEntry("headway.cli.restore", "make an installation from a backup"),
    "check": CommandEntry("headway.cli.check", "find what is wrong with workflows and actions"),
    "completion": CommandEntry("headway.cli.completion", "print the completion script of a shell"),
}

_EXAMPLES = """\
examples:
  headway run                 run what a push of this repository would start
  headway run ci --job test   run one job of one workflow, and what it needs
  headway check               check all workflows and actions of this repository

`headway COMMAND --help` says more of each command.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and end the process with the command's exit code."""
    # A short-lived command frees nothing worth the time; commands that live long turn the collector on again.
    gc.disable()
    code = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    # Nothing is left to do that is worth the 3 ms of the interpreter's own farewell.
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line, and return its exit code: 0 fine, 1 found or failed, 2 wrongly used, 130 interrupted."""
    try:
        return _dispatch(list(arguments))
    except HeadwayError as error:
        print(f"headway: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has left; the interpreter shall not complain about it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        print(f"headway: {explained(error)}", file=sys.stderr)
        return 1


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        from importlib import import_module

        module = import_module(COMMANDS[name].module)
        try:
            options = module.parser().parse_args(arguments[1:])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 2
        code: int = module.run(options)
        return code
    if name in ("-V", "--version"):
        print(f"headway {__version__}")
        return 0
    if name in ("", "-h", "--help", "help"):
        print(_help())
        return 0 if name else 2
    return _unknown(name)


def _help() -> str:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {entry.help}" for name, entry in COMMANDS.items())
    return (
        "usage: headway COMMAND [OPTION …]\n\nThe whole DevOps loop as one piece of software.\n\n"
        f"commands:\n{commands}\n\n"
        f"options:\n  -h, --help     show this\n  -V, --version  show the version\n\n{_EXAMPLES}"
    )


def _unknown(name: str) -> int:
    from headway.kernel.suggestions import did_you_mean

    what = "option" if name.startswith("-") else "command"
    hint = did_you_mean(name, COMMANDS) or f"The commands: {', '.join(COMMANDS)}"
    print(f"headway: there is no {what} '{name}'. {hint}", file=sys.stderr)
    return 2
