"""`headway completion`."""

from __future__ import annotations

import argparse
from importlib import import_module

from headway.cli.options import new_parser

_EXAMPLES = """\
  headway completion bash > ~/.local/share/bash-completion/completions/headway
  headway completion zsh > "${fpath[1]}/_headway"
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    result = new_parser("completion", "Print the completion script of a shell.", _EXAMPLES)
    result.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")
    return result


def run(options: argparse.Namespace) -> int:
    """Print the script, made from the parsers of all commands."""
    import shtab

    print(shtab.complete(whole_parser(), shell=options.shell))
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser of everything, for completion and for the docs."""
    from headway.cli.main import COMMANDS

    whole = argparse.ArgumentParser(prog="headway")
    commands = whole.add_subparsers()
    for name, entry in COMMANDS.items():
        own = import_module(entry.module).parser()
        commands.add_parser(name, help=entry.help, parents=[own], add_help=False, conflict_handler="resolve")
    return whole
