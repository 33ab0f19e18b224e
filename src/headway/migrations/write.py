"""Writes the next migration: `script/migration MESSAGE`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from headway.kernel.database import open_database
from headway.kernel.database.upgrading import configuration
from headway.migrations import NEWEST, SCRIPTS


def main() -> None:
    """Compare the steps so far with the tables, and write the difference into ``versions/``."""
    message = sys.argv[1]
    number = f"{int(NEWEST or 0) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/database.sqlite")
        with database.engine.begin() as connection:
            command.upgrade(configuration(SCRIPTS, connection), "head")
            command.revision(configuration(SCRIPTS, connection), message, autogenerate=True, rev_id=number)
        database.close()
    slug = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:40]
    written = next(Path(__file__).parent.glob(f"versions/{number}_*.py"))
    path = written.rename(written.with_name(f"{number}_{slug}.py"))
    text = re.sub(r"    # ### .*\n", "", path.read_text())
    text = text.replace("server_default=sa.text('0')", "server_default=sa.false()")
    path.write_text(re.sub(r"op\.f\(('[^']*')\)", r"\1", text))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)


if __name__ == "__main__":
    main()
