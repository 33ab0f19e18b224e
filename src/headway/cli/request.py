"""From the options of `headway run` to a request: files are read, secrets asked for, and every value is checked."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from headway.integration.local.request import RunRequest
from headway.kernel.errors import HeadwayError, explained

if TYPE_CHECKING:
    import argparse

    from headway.integration.expressions import Value

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ADDRESS = re.compile(r"[a-z+]+://|[^/:]+:(?!\\)")
"""What git takes for an address: ``https://host/…``, ``git@host:path``."""
_NAME_RULE = "letters, digits and '_' were expected, and no digit first"


def request_of(options: argparse.Namespace) -> RunRequest:
    """Return the request; files are read, and secrets without a value are looked up or asked for.

    Raises ``HeadwayError`` that names the option that is wrong.
    """
    sources, base = _sources(options.action_source)
    return RunRequest(
        folder=options.folder,
        workflows=tuple(options.workflows),
        event=_event(options),
        payload=_payload(options.payload),
        jobs=tuple(options.job),
        matrix=_matrix(options.matrix),
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


def _event(options: argparse.Namespace) -> str:
    if options.event is None:
        return "workflow_dispatch" if options.input else "push"
    from headway.integration.workflows.syntax_events import EVENTS
    from headway.kernel.suggestions import did_you_mean

    if options.event not in EVENTS:
        hint = did_you_mean(options.event, EVENTS) or f"The events: {', '.join(sorted(EVENTS))}"
        raise HeadwayError(f"--event {options.event}: there is no such event. {hint}")
    return str(options.event)


def _matrix(given: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for key, value in given:
        values[key.lower()] = (*values.get(key.lower(), ()), value)
    return values


def _sources(given: list[str]) -> tuple[dict[str, str], str]:
    """Return where single actions come from, by their names, and the base of all others."""
    sources: dict[str, str] = {}
    base = ""
    for entry in given:
        name, equals, where = entry.partition("=")
        of_one = bool(equals) and name.count("/") == 1 and "://" not in name
        if not of_one:
            where = entry
        if not _ADDRESS.match(where) and not os.path.isdir(where):
            expected = "a folder or an address was expected, or OWNER/REPO= and one of these"
            raise HeadwayError(f"--action-source {entry}: '{where}' is no folder here. {expected}")
        if of_one:
            sources[name] = where
        else:
            base = where
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
    except OSError as error:
        raise HeadwayError(f"--payload: {explained(error)}") from error
    except (ValueError, RecursionError) as error:
        raise HeadwayError(f"--payload {path}: a JSON object was expected: {error}") from error
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
    for name in secrets:
        if not _NAME.fullmatch(name):
            raise HeadwayError(f"'{name}' cannot be the name of a secret: {_NAME_RULE}")
    return secrets


def _secret_file(path: str) -> dict[str, str]:
    secrets: dict[str, str] = {}
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise HeadwayError(f"--secret-file: {explained(error)}") from error
    except UnicodeDecodeError as error:
        raise HeadwayError(f"--secret-file {path}: lines NAME=VALUE in UTF-8 were expected: {error}") from error
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise HeadwayError(f"--secret-file {path}:{number}: NAME=VALUE was expected")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        secrets[name.strip()] = value
    return secrets
