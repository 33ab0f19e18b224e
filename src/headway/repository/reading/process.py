"""The git command in a bare repository: with a deadline, with a limit on what it may print, without anybody's settings.

libgit2 answers small questions without starting a process, but holds Python's lock while it does. What may take long is
asked here: it runs beside the server, and can be ended.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from headway.kernel.errors import DeadlineError, MissingProgramError
from headway.repository.reading.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNK = 1 << 16
_ERRORS_KEPT = 4000
_OID = 40
LIMIT = 64 << 20
"""Bytes that a command may print, unless said otherwise."""


class Output(NamedTuple):
    """What a command printed. ``complete`` is False when it was ended at its deadline or at its limit of bytes."""

    data: bytes
    complete: bool


def environment() -> dict[str, str]:
    """Return the environment of a git command: no settings of the machine or of a person, no replaced objects."""
    kept = {
        name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ
    }
    return kept | {
        "LC_ALL": "C.UTF-8",
        "HOME": os.devnull,
        "XDG_CONFIG_HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
    }


class Command:
    """A git command that runs. Use it in a ``with``: leaving ends it, whatever it is doing."""

    __slots__ = ("_deadline", "_errors", "_name", "_process", "late")

    def __init__(
        self,
        folder: str,
        arguments: Sequence[str],
        seconds: float,
        given: bytes = b"",
        inherited: tuple[int, ...] = (),
    ) -> None:
        """Start it. ``given`` is what it reads. Raises ``MissingProgramError`` when there is no git."""
        self._name = next((one for one in arguments if not one.startswith("-") and "=" not in one), arguments[0])
        self._deadline = time.monotonic() + seconds
        self._errors = b""
        self.late = False
        argv = ["git", f"--git-dir={folder}", "-c", "safe.directory=*", "-c", "core.quotePath=false", *arguments]
        with contextlib.ExitStack() as stack:
            reading: int = subprocess.DEVNULL
            if given:
                spool = stack.enter_context(tempfile.TemporaryFile())
                spool.write(given)
                spool.seek(0)
                reading = spool.fileno()
            self._process = _start(argv, reading, inherited)

    def __enter__(self) -> Command:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def chunks(self) -> Iterator[bytes]:
        """Yield what it prints, as it comes, until it ends or until its deadline, which sets ``late``."""
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes():
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, self._deadline - time.monotonic()))
                if not ready or time.monotonic() >= self._deadline:
                    self.late = True
                    return
                for key, _ in ready:
                    data = os.read(key.fd, _CHUNK)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is self._process.stderr:
                        self._errors = (self._errors + data)[-_ERRORS_KEPT:]
                    else:
                        yield data

    def fields(self, separator: bytes) -> Iterator[bytes]:
        """Yield the parts of what it prints that end with a separator; what follows the last one is left out."""
        rest = b""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(separator)
            yield from whole

    def finish(self, accepted: tuple[int, ...] = (0,)) -> int:
        """Wait for its end, and return its exit code. Raises ``CommandError`` when that is not accepted."""
        code = self._process.wait()
        if code not in accepted:
            said = self._errors.decode(errors="replace").strip() or f"exit code {code}"
            raise CommandError(f"'git {self._name}' failed: {said}")
        return code

    def lower_priority(self, niceness: int) -> None:
        """Let everything else on this machine go before it, and before what it starts."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, niceness)

    def end(self) -> None:
        """End it and all that it started."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in self._pipes():
            pipe.close()

    def _pipes(self) -> list[IO[bytes]]:
        return [pipe for pipe in (self._process.stdout, self._process.stderr) if pipe]


def argument(name: bytes) -> str:
    """Return bytes as an argument of a command; those that are no text reach it as they are."""
    return name.decode(errors="surrogateescape")


def is_oid(text: str) -> bool:
    """Whether this is an object's full id."""
    return len(text) == _OID and not text.strip("0123456789abcdef")


def _start(argv: Sequence[str], reading: int, inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            argv,
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            bufsize=0,
            pass_fds=inherited,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise MissingProgramError("git is not on this machine, and Headway cannot do without it") from None


def run(
    folder: str,
    *arguments: str,
    seconds: float = 10.0,
    limit: int = LIMIT,
    given: bytes = b"",
    accepted: tuple[int, ...] = (0,),
) -> Output:
    """Run a git command to its end, its deadline or its limit of bytes. Raises ``CommandError`` when it fails."""
    gathered: list[bytes] = []
    size = 0
    with Command(folder, arguments, seconds, given) as command:
        for chunk in command.chunks():
            gathered.append(chunk)
            size += len(chunk)
            if size > limit > 0:
                return Output(b"".join(gathered)[:limit], complete=False)
        if not command.late:
            command.finish(accepted)
        return Output(b"".join(gathered), complete=not command.late)


def ask(folder: str, *arguments: str, seconds: float = 10.0, given: bytes = b"", limit: int = LIMIT) -> bytes:
    """Return all that a git command prints; a ``limit`` of 0 is none.

    Raises ``DeadlineError`` when it takes too long or prints too much, ``CommandError`` when it fails.
    """
    return in_time(run(folder, *arguments, seconds=seconds, given=given, limit=limit), arguments[0], seconds)


def in_time(output: Output, name: str, seconds: float) -> bytes:
    """Return what a command printed. Raises ``DeadlineError`` if it was ended before it had printed all."""
    if not output.complete:
        most = f"{seconds:g} s or printed more than {LIMIT >> 20} MiB"
        raise DeadlineError(f"'git {name}' took longer than {most}")
    return output.data
