"""The entry point: `headway COMMAND …`. Commands are imported when they are called for."""

from __future__ import annotations

import gc
import os
import sys

# A short-lived command frees nothing worth the time; the collector is turned on again where a command lives long.
gc.disable()

import click  # noqa: E402

from headway import __version__  # noqa: E402
from headway.kernel.errors import HeadwayError  # noqa: E402

_COMMANDS = {
    "run": ("headway.cli.run", "Run the workflows of this repository, here and now."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when one of them is needed; the list needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module

        command = import_module(_COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="headway")
def headway() -> None:
    """The whole DevOps loop as one piece of software."""


def main() -> None:
    """Run the command line, and end the process with the command's exit code."""
    code = _run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    # Nothing is left to be done that the interpreter's own farewell, 3 ms, would do.
    os._exit(code)


def _run() -> int:
    try:
        result = headway.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except HeadwayError as error:
        click.echo(f"headway: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        return 141
    return result if isinstance(result, int) else 0
