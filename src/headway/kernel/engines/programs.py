"""Programs in containers, as `run_attached` takes them: those of an exec, and those of a container of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.engines.errors import EngineError

if TYPE_CHECKING:
    from headway.kernel.engines.engine import Engine
    from headway.kernel.engines.stream import Stream

_GONE = 137
_LONGEST_NUMBER = 20

# The engine can neither signal what an exec started nor tell its number inside of the container, so the program tells
# it itself. Its two outputs become one, because the engine does not keep their order.
WRAPPER = ("/bin/sh", "-c", 'echo $$; exec "$@" 2>&1', "sh")
_KILL = ("/bin/sh", "-c", 'kill "-$1" "-$2" 2>/dev/null || kill "-$1" "$2"', "sh")


class ExecProgram:
    """A program that was started in a running container."""

    __slots__ = ("_container", "_engine", "_head", "_id", "_owed", "_stream", "pid")

    def __init__(self, engine: Engine, container: str, exec_id: str, stream: Stream) -> None:
        self._engine = engine
        self._container = container
        self._id = exec_id
        self._stream = stream
        self._head = b""
        self._owed = 0
        self.pid = 0
        """Its process id in the container, 0 as long as it has not told it."""

    @property
    def fd(self) -> int:
        return self._stream.fd

    @property
    def refusal(self) -> str:
        """What the engine said instead of starting it; empty if it was started."""
        return "" if self.pid else self._head.decode(errors="replace").strip()

    def read(self) -> bytes | None:
        data = self._stream.read()
        if self.pid or not data:
            return data
        self._head += data
        line, end, rest = self._head.partition(b"\n")
        if end and line.isdigit() and len(line) < _LONGEST_NUMBER:
            self.pid = int(line)
            self._head = b""
            if self._owed:
                self.signal(self._owed)
            return rest or self.read()
        return None if not end else self.read()

    def signal(self, number: int) -> None:
        if not self.pid:
            self._owed = number
            return
        try:
            self._engine.ask(self._container, [*_KILL, str(number), str(self.pid)], user="0")
        except EngineError:
            return  # the container is gone, and with it all that ran in it

    def exit_code(self) -> int | None:
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

    def read(self) -> bytes | None:
        return self._stream.read()

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
