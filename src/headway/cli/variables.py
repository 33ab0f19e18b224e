"""`headway vars`: like `headway secrets`, for what everybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.cli import secrets

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    return secrets.parser("vars")


def run(options: Namespace) -> int:
    """Run one of the verbs."""
    return secrets.run(options, "variable")
