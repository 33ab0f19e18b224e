"""`headway check`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from headway.cli.options import new_parser
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from headway.integration.local.checking import Checked

_DESCRIPTION = """\
Find what is wrong with workflows, actions and headway.yaml: every problem at once, with its place, what was expected
and a hint.

Without a path, headway.yaml and all workflows of this repository are checked, and all actions in it.
"""
_EXAMPLES = """\
  headway check                                  everything in this repository
  headway check .github/workflows/ci.yml action.yml
  headway check --format github                  as annotations, for a workflow of its own
  headway check --report                         every job: does it run on this machine, and if not, why
"""
FORMATS = ("text", "json", "github", "sarif")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    result = new_parser("check", _DESCRIPTION, _EXAMPLES)
    add = result.add_argument
    add("paths", nargs="*", metavar="PATH", help="a workflow, an action, or a folder")
    add("-C", dest="folder", default=".", metavar="DIR", help="the repository (this folder)")
    add("--format", choices=FORMATS, default="text", help="how findings are printed (text)")
    add("--strict", action="store_true", help="warnings count as errors")
    add("--report", action="store_true", help="the migration report: every job, and what keeps it from running here")
    add("--offline", action="store_true", help="fetch nothing; use what is in the cache")
    add(
        "--action-source", action="append", default=[], metavar="OWNER/REPO=PATH|URL", help="where an action comes from"
    )
    return result


def run(options: argparse.Namespace) -> int:
    """Check what was asked for; 0 if nothing is wrong, 1 if something is."""
    from headway.integration.local.checking import Checking
    from headway.sections import SECTIONS

    checking = Checking(options.folder, options.action_source, offline=options.offline, sections=SECTIONS)
    if options.report:
        from headway.cli.render.migration import print_report

        return print_report(checking.report(options.paths), as_json=options.format == "json")
    checked = checking.check(options.paths)
    if not checked:
        here = os.path.abspath(options.folder)
        raise HeadwayError(f"There is nothing to check in '{here}': no workflow, no action and no headway.yaml")
    print_findings(checked, options.format)
    counts = [problem.severity for entry in checked for problem in entry.problems]
    return 1 if "error" in counts or (options.strict and counts) else 0


def print_findings(checked: Sequence[Checked], kind: str) -> None:
    """Print findings in one of the formats."""
    from headway.cli.render import findings

    renderer = {
        "text": findings.as_text,
        "json": findings.as_json,
        "github": findings.as_commands,
        "sarif": findings.as_sarif,
    }[kind]
    text = renderer(checked)
    if text:
        sys.stdout.write(text + "\n")
