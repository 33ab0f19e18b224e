"""`headway backup`: everything that is kept, in one folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli.opening import add_place, settings_of
from headway.cli.options import new_parser

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_EXAMPLES = """\
  headway backup /backups/headway-monday

The server may run meanwhile. The key of secrets is not part of a backup: copy the file `key` of the data folder
once, and keep the copy elsewhere. `headway restore` puts a backup into an empty folder. docs/operating/backup.md
says more.
"""


def parser() -> ArgumentParser:
    """Return the parser of the command."""
    made = new_parser(
        "backup",
        "Write database, repositories and blobs into a new folder.",
        _EXAMPLES,
    )
    made.add_argument("folder", type=Path, help="a folder that does not exist yet")
    add_place(made)
    return made


def run(options: Namespace) -> int:
    """Write the backup."""
    from headway.backups import PARTS
    from headway.kernel.backup import back_up
    from headway.kernel.clock import system_clock

    settings = settings_of(options)
    back_up(
        settings, options.folder.absolute(), PARTS, system_clock(), lambda part: print(f"{part} …", file=sys.stderr)
    )
    print(f"The backup is in {options.folder}. The key of secrets is not part of it.")
    return 0
