"""`headway run`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from headway.cli.options import count, maybe_pair, new_parser, pair
from headway.integration.local.repository import ask_repository

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from headway.cli.render import View
    from headway.cli.render.stream import OutputStream
    from headway.cli.watching import Stop
    from headway.integration.local.report import Report
    from headway.integration.local.repository import RepositoryQuestions
    from headway.integration.local.session import Session
    from headway.integration.workflows.models import Workflow

_DESCRIPTION = """\
Run the GitHub Actions workflows of this repository on its working tree as it is, with no server and no push.

Without a name, the workflows that a push of the current branch would start are run; a workflow that is named is
run whatever its filters say. Jobs work on copies of the tree; yours is never touched.
"""
_EXAMPLES = """\
  headway run                                  what a push of this branch would start
  headway run ci --job test --matrix os=ubuntu-latest
  headway run release --event workflow_dispatch --input version=1.2.3 --secret TOKEN
  headway run --plan                           the jobs and why they would run; nothing is executed
  headway run --failed --shell-on-failure      only what failed last time, and a shell where it fails again
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    result = new_parser("run", _DESCRIPTION, _EXAMPLES)
    add = result.add_argument
    add("workflows", nargs="*", metavar="WORKFLOW", help="a file, or its name with or without its ending")
    add("-C", dest="folder", default=".", metavar="DIR", help="the repository (this folder)")

    _what_to_run(result.add_argument_group("what to run").add_argument)
    _what_it_is_given(result.add_argument_group("what the workflow is given").add_argument)
    _how_to_run_it(result.add_argument_group("how to run it").add_argument)
    _what_is_shown(result.add_argument_group("what is shown").add_argument)
    return result


def _what_to_run(add: Callable[..., object]) -> None:
    add("--event", metavar="NAME", help="the event that happens (push; with --input workflow_dispatch)")
    add("--payload", metavar="FILE", help="the event's payload, a JSON file; what it lacks is made up")
    add("--job", action="append", default=[], metavar="ID", help="only this job and what it needs; may be repeated")
    add(
        "--matrix",
        action="append",
        default=[],
        type=pair,
        metavar="KEY=VALUE",
        help="only combinations with this value; may be repeated",
    )
    add("--failed", action="store_true", help="only what failed last time, with the outputs of the others")
    add("--plan", action="store_true", help="show the jobs and why they would run; execute nothing")
    add("--watch", action="store_true", help="run again whenever a file changes")
    add("--any-runner", action="store_true", help="run jobs for other systems (windows-…, macos-…) here too")


def _what_it_is_given(add: Callable[..., object]) -> None:
    add("--input", action="append", default=[], type=pair, metavar="NAME=VALUE", help="an input of workflow_dispatch")
    add(
        "--secret",
        action="append",
        default=[],
        type=maybe_pair,
        metavar="NAME[=VALUE]",
        help="a secret; without a value it is taken from the environment, or asked for",
    )
    add("--secret-file", action="append", default=[], metavar="FILE", help="secrets as lines NAME=VALUE")
    add("--var", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a variable of the context vars")
    add(
        "--env",
        action="append",
        default=[],
        type=maybe_pair,
        metavar="NAME[=VALUE]",
        help="an environment variable of all steps; without a value it is passed on from here",
    )


def _how_to_run_it(add: Callable[..., object]) -> None:
    add("--jobs", type=count, metavar="N", help="how many jobs run at a time (twice the processors)")
    add("--shell-on-failure", action="store_true", help="open a shell in the place of a step that failed")
    add(
        "--no-native", dest="native", action="store_false", help="run checkout, cache, … as they are published, on node"
    )
    add(
        "--action-source",
        action="append",
        default=[],
        metavar="OWNER/REPO=PATH|URL",
        help="where an action comes from: a folder, a repository or (without OWNER/REPO=) the base of all",
    )
    add("--offline", action="store_true", help="fetch nothing; use what is in the cache")
    add("--refresh", action="store_true", help="ask again what the tags and branches of actions point to")


def _what_is_shown(add: Callable[..., object]) -> None:
    add("--json", action="store_true", help="one JSON object a line")
    add("--plain", action="store_true", help="plain lines, also on a terminal")
    add("--debug", action="store_true", help="show ::debug:: messages, and set RUNNER_DEBUG")


def run(options: argparse.Namespace) -> int:
    """Run what was asked for; 0 if all succeeded, 1 if something failed, 130 if it was cancelled."""
    questions = ask_repository(options.folder)  # git answers while the modules below are imported
    if options.watch:
        from headway.cli.watching import watch

        return watch(options.folder, lambda stop: _once(options, None, stop))
    return _once(options, questions, None)


def _once(options: argparse.Namespace, questions: RepositoryQuestions | None, stop: Stop | None) -> int:
    from headway.cli.request import request_of
    from headway.integration.local.session import Session

    session = Session(request_of(options), questions)
    choice = session.choose()
    if options.plan:
        from headway.cli.render.plan import show_plan

        show_plan(session, choice, as_json=options.json)
        return 0
    if not choice.workflows:
        _say_why_not(session, choice.others)
        return 0
    if stop is not None:
        stop.session = session
    return _execute(session, choice.workflows, options)


def _execute(session: Session, workflows: Sequence[Workflow], options: argparse.Namespace) -> int:
    from headway.cli.interruption import Interruption
    from headway.cli.render.stream import OutputStream
    from headway.cli.render.summary import summary_lines
    from headway.integration.local.report import Report

    worst = 0
    with Interruption(session):
        try:
            host = session.host()
            for workflow in workflows:
                report = Report()
                stream = OutputStream(lambda: session.cancel("nobody reads the output any more"))
                view = _view(options, report, stream)
                on_failure = None
                if options.shell_on_failure:
                    from headway.cli.shell import FailureShell

                    on_failure = FailureShell(view).open
                try:
                    state = session.run(workflow, host, view, on_failure)
                finally:
                    view.close()
                if not options.json:
                    stream.write("".join(f"{line}\n" for line in summary_lines(report)).encode(errors="replace"))
                worst = max(worst, 130 if session.cancelled else int(state.result != "success"))
        finally:
            session.close()
    return worst


def _view(options: argparse.Namespace, report: Report, stream: OutputStream) -> View:
    if options.json:
        from headway.cli.render.jsonl import JsonView

        return JsonView(stream, report)
    if sys.stdout.isatty() and not options.plain and os.environ.get("TERM") != "dumb":
        from headway.cli.render.tree import TreeView

        return TreeView(report)
    from headway.cli.render.plain import PlainView

    return PlainView(stream, report)


def _say_why_not(session: Session, others: tuple[tuple[str, str], ...]) -> None:
    request = session.request
    print(f"There is nothing to run on '{request.event}':", file=sys.stderr)
    for path, reason in others:
        print(f"  {path}: {reason}", file=sys.stderr)
    if not request.failed_only:
        print("Name a workflow to run it all the same, or another event with --event.", file=sys.stderr)
