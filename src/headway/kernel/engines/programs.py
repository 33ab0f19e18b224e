"""Programs in containers, as `run_attached` takes them: those of an exec, and those of a container of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.engines.errors import EngineError

if TYPE_CHECKING:
    from headway.kernel.engines.engine import Engine
    from headway.kernel.engines.stream import Stream

_GONE = 137
_STDERR = 2

# The engine neither signals what an exec has started, nor keeps the order of its two outputs, and it ends the pipes two
# seconds after the program, so that whatever was left in the background dies of its next line. Hence the program gets
# one output, which `cat` carries on for as long as somebody writes to it, and the other output of the exec tells the
# number of the process group and then the exit code.
_WRAPPER = """
trap : INT TERM
echo "$$" >&2
{ trap : INT TERM; ( exec "$@" 2>&1 3>&- ); echo "$?" >&3; } 3>&2 | { trap "" INT TERM; exec cat; }
"""
WRAPPER = ("/bin/sh", "-c", _WRAPPER, "sh")
_KILL = ("/bin/sh", "-c", 'kill "-$1" "-$2"', "sh")


class ExecProgram:
    """A program that was started in a running container, by way of `WRAPPER`."""

    __slots__ = ("_code", "_container", "_engine", "_group", "_id", "_owed", "_said", "_stream", "_told")

    def __init__(self, engine: Engine, container: str, exec_id: str, stream: Stream) -> None:
        self._engine = engine
        self._container = container
        self._id = exec_id
        self._stream = stream
        self._group = 0
        self._code: int | None = None
        self._owed = 0
        self._said = b""
        self._told = b""

    @property
    def fd(self) -> int:
        return self._stream.fd

    @property
    def refusal(self) -> str:
        """What the engine said instead of starting it; empty if it was started."""
        return "" if self._group else (self._said + self._told).decode(errors="replace").strip()

    @property
    def ended(self) -> bool:
        return self._code is not None

    def read(self) -> bytes | None:
        frames = self._stream.read()
        if not frames:
            return frames if frames is None else b""
        output = b"".join(data for kind, data in frames if kind != _STDERR)
        for kind, data in frames:
            if kind == _STDERR:
                self._take(data)
        if self._group:
            output, self._said = self._said + output, b""
            return output or None
        self._said += output
        return None

    def _take(self, data: bytes) -> None:
        """Take what the wrapper tells: a number a line, first that of the process group, then the exit code."""
        *lines, self._told = (self._told + data).split(b"\n")
        for line in lines:
            if not line.isdigit():
                self._said += line + b"\n"
            elif self._group:
                self._code = int(line)
            else:
                self._group = int(line)
                if self._owed:
                    self.signal(self._owed)

    def signal(self, number: int) -> None:
        if not self._group:
            self._owed = number
            return
        try:
            self._engine.ask(self._container, [*_KILL, str(number), str(self._group)], user="0")
        except EngineError:
            return  # the container is gone, and with it all that ran in it

    def exit_code(self) -> int | None:
        if self._code is not None:
            return self._code
        try:
            return self._engine.exec_code(self._id)
        except EngineError:
            return _GONE

    def close(self) -> None:
        self._stream.close()


class ContainerProgram:
    """A program that is a container's own."""

    __slots__ = ("_container", "_engine", "_stream")

    def __init__(self, engine: Engine, container: str, stream: Stream) -> None:
        self._engine = engine
        self._container = container
        self._stream = stream

    @property
    def fd(self) -> int:
        return self._stream.fd

    @property
    def ended(self) -> bool:
        return False

    def read(self) -> bytes | None:
        frames = self._stream.read()
        return None if frames is None else b"".join(data for _, data in frames)

    def signal(self, number: int) -> None:
        try:
            self._engine.signal(self._container, number)
        except EngineError:
            return  # it has ended

    def exit_code(self) -> int | None:
        try:
            state = self._engine.inspect(self._container)["State"]
        except EngineError:
            return _GONE
        return None if state["Running"] else int(state["ExitCode"])

    def close(self) -> None:
        self._stream.close()
