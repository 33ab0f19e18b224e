"""`headway restore`: a backup becomes an installation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.opening import add_place, settings_of
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_EXAMPLES = """\
  headway restore /backups/headway-monday --data /var/lib/headway-new
  cp /safe/place/key /var/lib/headway-new/key       the key of secrets, which no backup holds
  headway up --data /var/lib/headway-new
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "restore",
        "Restore a backup into an empty data folder and an empty database.",
        _EXAMPLES,
    )
    made.add_argument("folder", type=Path, help="what `headway backup` wrote")
    add_place(made)
    return made


def run(options: Namespace) -> int:
    """Restore the backup."""
    from headway.backups import PARTS
    from headway.kernel.backup import KEY_FILE, restore

    settings = settings_of(options)
    restore(settings, options.folder.absolute(), PARTS, lambda part: print(f"{part} …", file=sys.stderr))
    print(f"Restored into {settings.data}.")
    if not settings.key.get_secret_value() and not (settings.data / KEY_FILE).exists():
        print(f"Put your copy of the key of secrets at {settings.data / KEY_FILE} before you start `headway up`:")
        print("without it neither secrets can be read nor the SSH host key that clients know.")
    return 0
