"""`headway run`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from headway.cli.options import count, maybe_pair, new_parser, pair
from headway.integration.local.repository import ask_repository
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from headway.cli.render import View
    from headway.cli.render.stream import OutputStream
    from headway.cli.watching import Stop
    from headway.integration.expressions import Value
    from headway.integration.local.report import Report
    from headway.integration.local.repository import RepositoryQuestions
    from headway.integration.local.request import RunRequest
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

    what = result.add_argument_group("what to run")
    add = what.add_argument
    add("--event", default="push", metavar="NAME", help="the event that happens (push)")
    add("--payload", metavar="FILE", help="the event's payload, a JSON file; what it lacks is made up")
    add("--job", action="append", default=[], metavar="ID", help="only this job and what it needs; may be repeated")
    add(
        "--matrix",
        action="append",
        default=[],
        type=pair,
        metavar="KEY=VALUE",
        help="only combinations with this value",
    )
    add("--failed", action="store_true", help="only what failed last time, with the outputs of the others")
    add("--plan", action="store_true", help="show the jobs and why they would run; execute nothing")
    add("--watch", action="store_true", help="run again whenever a file changes")
    add("--any-runner", action="store_true", help="run jobs for other systems (windows-…, macos-…) here too")

    given = result.add_argument_group("what the workflow is given")
    add = given.add_argument
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

    how = result.add_argument_group("how to run it")
    add = how.add_argument
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

    shown = result.add_argument_group("what is shown")
    add = shown.add_argument
    add("--json", action="store_true", help="one JSON object a line")
    add("--plain", action="store_true", help="plain lines, also on a terminal")
    add("--debug", action="store_true", help="show ::debug:: messages, and set RUNNER_DEBUG")
    return result


def run(options: argparse.Namespace) -> int:
    """Run what was asked for; 0 if all succeeded, 1 if something failed, 130 if it was cancelled."""
    questions = ask_repository(options.folder)  # git answers while the modules below are imported
    if options.watch:
        from headway.cli.watching import watch

        return watch(options.folder, lambda stop: _once(options, None, stop))
    return _once(options, questions, None)


def _once(options: argparse.Namespace, questions: RepositoryQuestions | None, stop: Stop | None) -> int:
    from headway.integration.local.session import Session

    session = Session(_request(options), questions)
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
                worst = max(worst, {"success": 0, "cancelled": 130}.get(str(state.result), 1))
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
    print(f"'{session.request.event}' starts no workflow here:", file=sys.stderr)
    for path, reason in others:
        print(f"  {path}: {reason}", file=sys.stderr)
    print("Name a workflow to run it all the same, or another event with --event.", file=sys.stderr)


# From options to the request


def _request(options: argparse.Namespace) -> RunRequest:
    from headway.integration.local.request import RunRequest

    sources, base = _sources(options.action_source)
    event = options.event
    if options.input and event == "push":
        event = "workflow_dispatch"
    return RunRequest(
        folder=options.folder,
        workflows=tuple(options.workflows),
        event=event,
        payload=_payload(options.payload),
        jobs=tuple(options.job),
        matrix=dict(options.matrix),
        inputs=dict(options.input),
        secrets=_secrets(options),
        variables=dict(options.var),
        environment={name: _own(name) if value is None else value for name, value in options.env},
        action_sources=sources,
        action_base=base,
        capacity=options.jobs or 2 * (os.cpu_count() or 1),
        offline=options.offline,
        refresh=options.refresh,
        native=options.native,
        failed_only=options.failed,
        any_runner=options.any_runner,
        debug=options.debug,
    )


def _sources(given: list[str]) -> tuple[dict[str, str], str]:
    sources: dict[str, str] = {}
    base = ""
    for entry in given:
        name, equals, where = entry.partition("=")
        if equals and name.count("/") == 1 and "://" not in name:
            sources[name] = where
        else:
            base = entry
    return sources, base


def _own(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise HeadwayError(f"--env {name}: there is no such variable here. Give it a value: --env {name}=VALUE")
    return value


def _payload(path: str | None) -> dict[str, Value] | None:
    if path is None:
        return None
    import json

    try:
        with open(path, encoding="utf-8") as file:
            payload = json.load(file)
    except (OSError, ValueError) as error:
        raise HeadwayError(f"--payload {path}: {error}") from error
    if not isinstance(payload, dict):
        raise HeadwayError(f"--payload {path}: a JSON object was expected")
    return payload


def _secrets(options: argparse.Namespace) -> dict[str, str]:
    secrets: dict[str, str] = {}
    for path in options.secret_file:
        secrets.update(_secret_file(path))
    for name, value in options.secret:
        if value is None:
            value = os.environ.get(name)
        if value is None:
            import getpass

            if not sys.stdin.isatty():
                raise HeadwayError(f"--secret {name}: it is not in the environment, and there is nobody to ask")
            value = getpass.getpass(f"{name}: ")
        secrets[name] = value
    return secrets


def _secret_file(path: str) -> dict[str, str]:
    secrets: dict[str, str] = {}
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HeadwayError(f"--secret-file {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise HeadwayError(f"--secret-file {path}:{number}: expected NAME=VALUE")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        secrets[name.strip()] = value
    return secrets
