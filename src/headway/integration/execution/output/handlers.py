"""Obeying workflow commands, as GitHub documents them under "Workflow commands for GitHub Actions"."""

from __future__ import annotations

import os
from typing import NamedTuple

from headway.integration.events import Annotation, Level
from headway.integration.execution.output.commands import NOT_ECHOED
from headway.integration.execution.output.matchers import Workspace
from headway.kernel.errors import HeadwayError, LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.integration.execution.output.commands import Command
    from headway.integration.execution.output.masks import MaskSet
    from headway.integration.execution.output.matcher_files import Loaded
    from headway.integration.execution.output.matchers import MatcherSet
    from headway.integration.execution.output.steplog import Sink, StepLog

PROTECTED_VARIABLE = "NODE_OPTIONS"
_LARGEST_MATCHER_FILE = 1 << 20


class OutputSettings(NamedTuple):
    """What a step's output depends on besides the bytes.

    ``debug``: whether messages for debugging are logged (``ACTIONS_STEP_DEBUG``); ``echo``: whether commands are
    shown from the start, which ``debug`` implies. ``unsecure_commands`` and ``unsecure_stop_tokens`` are what
    ``ACTIONS_ALLOW_UNSECURE_COMMANDS`` and ``ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS`` say.
    """

    debug: bool = False
    echo: bool = False
    unsecure_commands: bool = False
    unsecure_stop_tokens: bool = False
    workspace: Workspace = Workspace("")


class Handlers:
    """Obeys the commands of one step, except ``stop-commands``."""

    __slots__ = ("_echo", "_handlers", "_log", "_masks", "_matchers", "_settings", "_sink")

    def __init__(
        self, sink: Sink, log: StepLog, masks: MaskSet, matchers: MatcherSet, settings: OutputSettings
    ) -> None:
        self._sink, self._log, self._masks = sink, log, masks
        self._matchers, self._settings = matchers, settings
        self._echo = settings.echo or settings.debug
        self._handlers: dict[str, Callable[[Command], None]] = {
            "add-mask": self._add_mask,
            "add-matcher": self._add_matcher,
            "add-path": self._add_path,
            "debug": lambda command: log.debug(command.data),
            "echo": self._set_echo,
            "endgroup": lambda _: log.tagged("endgroup", ""),
            "error": lambda command: self._issue("error", command),
            "group": lambda command: log.tagged("group", command.data),
            "notice": lambda command: self._issue("notice", command),
            "remove-matcher": self._remove_matcher,
            "save-state": lambda command: self._named(command, sink.save_state),
            "set-env": self._set_env,
            "set-output": lambda command: self._named(command, sink.set_output),
            "warning": lambda command: self._issue("warning", command),
        }

    def obey(self, command: Command, line: bytes) -> None:
        """Do what a command says; what cannot be done fails the step. ``line`` is what echoing shows."""
        if self._echo and command.name not in NOT_ECHOED:
            self._log.text(line)
        try:
            self._handlers[command.name](command)
        except HeadwayError as error:
            self._log.fail(f"Cannot obey the command `{command.name}`: {error}")

    def _add_mask(self, command: Command) -> None:
        if not command.data.strip():
            self._log.warn("The command `add-mask` got an empty value; there is nothing to mask.")
            return
        if self._echo:
            self._log.masked(b"::add-mask::***\n")
        self._masks.add(command.data)

    def _set_echo(self, command: Command) -> None:
        value = command.data.strip().lower()
        if value not in ("on", "off"):
            raise HeadwayError(f"its value is `{command.data}`; it can be `on` or `off`.")
        self._echo = value == "on"

    def _issue(self, level: Level, command: Command) -> None:
        properties = command.properties
        path = properties.get("file", "")
        if path:
            path = self._settings.workspace.relative(path)
        place = consistent_place(*(_number(properties.get(n)) for n in ("line", "endline", "col", "endcolumn")))
        self._log.issue(Annotation(level, command.data, properties.get("title", ""), path, *place))

    def _named(self, command: Command, take: Callable[[str, str], None]) -> None:
        name = command.properties.get("name")
        if not name:
            raise HeadwayError("it needs the property `name`.")
        self._log.flush()
        take(name, command.data)

    def _set_env(self, command: Command) -> None:
        self._refuse_unsecure("GITHUB_ENV")
        if command.properties.get("name", "").upper() == PROTECTED_VARIABLE:
            self._log.issue(Annotation("error", f"{PROTECTED_VARIABLE} cannot be set with `set-env`."))
            return
        self._named(command, self._sink.set_env)

    def _add_path(self, command: Command) -> None:
        self._refuse_unsecure("GITHUB_PATH")
        if not command.data:
            raise HeadwayError("it needs a folder.")
        self._log.flush()
        self._sink.add_path(command.data)

    def _refuse_unsecure(self, file: str) -> None:
        if not self._settings.unsecure_commands:
            raise HeadwayError(
                f"it is disabled, because whoever controls the output could use it. Write to the file ${file} "
                "instead, or set the environment variable ACTIONS_ALLOW_UNSECURE_COMMANDS to `true`."
            )

    def _add_matcher(self, command: Command) -> None:
        if not command.data:
            self._log.warn("The command `add-matcher` needs the path of a file.")
            return
        loaded = self._load(command.data)
        self._matchers.add(loaded.matchers)
        self._log.debug("Added problem matchers: " + _listed(matcher.owner for matcher in loaded.matchers))
        for warning in loaded.warnings:
            self._log.warn(warning)

    def _remove_matcher(self, command: Command) -> None:
        owner = command.properties.get("owner", "")
        if bool(owner) == bool(command.data):
            self._log.warn("The command `remove-matcher` needs either an owner or the path of a file.")
            return
        owners = [owner] if owner else [matcher.owner for matcher in self._load(command.data).matchers]
        self._log.debug("Removed problem matchers: " + _listed(self._matchers.remove(owners)))

    def _load(self, path: str) -> Loaded:
        from headway.integration.execution.output.matcher_files import parse_matchers

        file = self._settings.workspace.host_path(path)
        if file is None:
            raise HeadwayError(f"{path} is in the container only. Put it into the workspace.")
        if not os.path.isfile(file):  # opening a pipe would block
            raise HeadwayError(f"there is no file {file}.")
        try:
            with open(file, "rb") as stream:
                data = stream.read(_LARGEST_MATCHER_FILE + 1)
        except OSError as error:
            raise HeadwayError(f"cannot read {file}: {error.strerror}.") from error
        if len(data) > _LARGEST_MATCHER_FILE:
            raise LimitError(f"{file} has more than {_LARGEST_MATCHER_FILE} bytes.")
        return parse_matchers(data, file)


def _listed(owners: Iterable[str]) -> str:
    return ", ".join(f"'{owner}'" for owner in owners)


def consistent_place(
    line: int | None, end_line: int | None, column: int | None, end_column: int | None
) -> tuple[int | None, int | None, int | None, int | None]:
    """Repair a place that contradicts itself, as GitHub's runner does; line, end line, column, end column.

    An end without a start is the start too, columns need one line, and an end before the start drops both.
    """
    line = end_line if line is None else line
    column = end_column if column is None else column
    if line is None or (end_line is not None and end_line != line):
        column = end_column = None
    if line is not None and end_line is not None and end_line < line:
        line = end_line = None
    if column is not None and end_column is not None and end_column < column:
        column = end_column = None
    return line, end_line, column, end_column


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text and "_" not in text else None
    except ValueError:
        return None
