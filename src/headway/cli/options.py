"""What the parsers of all commands share."""

from __future__ import annotations

import argparse
import os


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """The house's help. It asks the system for the width itself: argparse would import `shutil` for each argument."""

    def __init__(self, prog: str) -> None:
        try:
            width = os.get_terminal_size().columns
        except OSError:
            width = 100
        super().__init__(prog, max_help_position=28, width=min(width, 120) - 2)


def new_parser(command: str, description: str, examples: str) -> argparse.ArgumentParser:
    """Return a parser with the house's help: what it does, its options, and examples at the end."""
    return argparse.ArgumentParser(
        prog=f"headway {command}",
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )


def pair(text: str) -> tuple[str, str]:
    """Return ``NAME=VALUE`` as two texts, for argparse."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME=VALUE")
    return name, value


def maybe_pair(text: str) -> tuple[str, str | None]:
    """Return ``NAME=VALUE`` or just ``NAME``, for argparse."""
    name, equals, value = text.partition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME or NAME=VALUE")
    return name, value if equals else None


def count(text: str) -> int:
    """Return a positive number, for argparse."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return int(text)
