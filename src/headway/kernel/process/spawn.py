"""Starting a process: one call, and a clear word when it cannot be started.

The interpreter's own primitive is called directly: importing ``subprocess`` costs 6 ms (it brings ``signal``,
``selectors`` and their enumerations), a sixth of what the shortest run takes in all. A Python whose primitive
has another signature than those known here gets ``subprocess``.
"""

from __future__ import annotations

import errno
import os
import sys

from headway.kernel.errors import HeadwayError, LimitError, MissingProgramError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FIRST_UNKNOWN = (3, 15)


def spawn(argv: Sequence[str], *, cwd: str, env: Mapping[str, str], stdin: int, output: int) -> int:
    """Start a program in a session of its own and return its process id; the caller has to reap it.

    A name without a slash is looked for in ``PATH`` of ``env``. ``stdin`` becomes descriptor 0, ``output``
    becomes 1 and 2, no other descriptor is inherited.

    Raises `MissingProgramError` if there is no such program, `LimitError` if the system has no room for it,
    and `HeadwayError` if it may not be started or ``cwd`` is no folder.
    """
    _refuse_nul(argv, env)
    try:
        if sys.version_info < _FIRST_UNKNOWN:
            return _fork_exec(argv, cwd, env, stdin, output)
        return spawn_with_subprocess(argv, cwd, env, stdin, output)
    except OSError as error:
        raise explain(error, argv, cwd, env) from error


def spawn_with_subprocess(argv: Sequence[str], cwd: str, env: Mapping[str, str], stdin: int, output: int) -> int:
    """As `spawn`, by way of ``subprocess``; raises ``OSError``."""
    import subprocess

    process = subprocess.Popen(
        argv,
        executable=_candidates(argv[0], cwd, env)[0],
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    process.returncode = 0  # we reap it ourselves; the object shall not warn of a process left running
    return process.pid


def _fork_exec(argv: Sequence[str], cwd: str, env: Mapping[str, str], stdin: int, output: int) -> int:
    import _posixsubprocess

    call: Callable[..., int] = _posixsubprocess.fork_exec
    variables = [os.fsencode(name) + b"=" + os.fsencode(value) for name, value in env.items()]
    programs = tuple(map(os.fsencode, _candidates(argv[0], cwd, env)))
    failure_reader, failure_writer = _failure_pipe()
    vfork = (True,) if sys.version_info < (3, 14) else ()
    try:
        # fmt: off
        pid = call(
            list(map(os.fsencode, argv)), programs, True, (failure_writer,), cwd, variables,
            stdin, -1, -1, output, -1, output, failure_reader, failure_writer,
            True, True, -1, None, None, None, -1, None, *vfork,
        )
        # fmt: on
        os.close(failure_writer)
        failure_writer = -1
        failure = os.read(failure_reader, 4096)
    finally:
        os.close(failure_reader)
        if failure_writer >= 0:
            os.close(failure_writer)
    if failure:
        os.waitpid(pid, 0)
        number = int(failure.split(b":")[1], 16)
        raise OSError(number, os.strerror(number))
    return pid


def _failure_pipe() -> tuple[int, int]:
    """Make a pipe whose writing end is above 2, even where our own standard descriptors are closed."""
    reader, writer = os.pipe()
    if writer > 2:
        return reader, writer
    import fcntl

    try:
        return reader, fcntl.fcntl(writer, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(writer)


def _candidates(program: str, cwd: str, env: Mapping[str, str]) -> list[str]:
    """List where the program may be: the executable files in ``PATH``, or all places if there is none.

    The system would try all of them as well, but what it tells of a failure is about the first that it could not
    read, also if that is a closed folder which has nothing to do with the program.
    """
    if "/" in program:
        return [program]
    folders = env.get("PATH", os.defpath).split(os.pathsep)
    places = [f"{folder or '.'}/{program}" for folder in folders]
    return [place for place in places if _is_executable(os.path.join(cwd, place))] or places


def _is_executable(path: str) -> bool:
    return os.access(path, os.X_OK) and not os.path.isdir(path)


def _refuse_nul(argv: Sequence[str], env: Mapping[str, str]) -> None:
    if not argv or not argv[0]:
        raise HeadwayError("No program to run was named.")
    for argument in argv:
        if "\0" in argument:
            raise HeadwayError(f"An argument of {argv[0]} holds a NUL character; no program can receive one.")
    for name, value in env.items():
        if not name or "=" in name or "\0" in name:
            raise HeadwayError(f"{name!r} cannot be the name of an environment variable for {argv[0]}.")
        if "\0" in value:
            raise HeadwayError(f"The environment variable {name} for {argv[0]} holds a NUL character.")


def explain(error: OSError, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> HeadwayError:
    """Put into words what kept a program from starting, and what to do."""
    program, number = argv[0], error.errno
    if number in _LIMITS:
        sizes = f"{sum(map(len, argv))} characters of arguments, {sum(map(len, env.values()))} of environment"
        return LimitError(f"Cannot start {program}: {error.strerror} ({sizes}). {_LIMITS[number]}")
    if not os.path.isdir(cwd):
        return HeadwayError(
            f"Cannot start {program} in {cwd}: there is no such folder. An earlier step has to create it."
        )
    if not os.access(cwd, os.X_OK):
        return HeadwayError(f"Cannot start {program} in {cwd}: the folder may not be entered by this user.")
    if number in (errno.ENOENT, errno.ENOTDIR) or not _exists(program, cwd, env):
        return MissingProgramError(_missing(program, cwd, env))
    if number == errno.EACCES:
        return HeadwayError(f"Cannot start {program}: this user may not execute it. `chmod +x` may help.")
    if number == errno.ENOEXEC:
        return HeadwayError(
            f"Cannot start {program}: it is neither a program for this machine nor a script with a `#!` line."
        )
    return HeadwayError(f"Cannot start {program} in {cwd}: {error.strerror}.")


def _exists(program: str, cwd: str, env: Mapping[str, str]) -> bool:
    return any(os.path.exists(os.path.join(cwd, place)) for place in _candidates(program, cwd, env))


def _missing(program: str, cwd: str, env: Mapping[str, str]) -> str:
    if _exists(program, cwd, env):
        return f"Cannot start {program}: the interpreter that its `#!` line (or its binary) names is missing."
    if "/" in program:
        return f"{program}: no such file (looked for from {cwd})."
    path = env.get("PATH", os.defpath)
    return f"{program}: no such program in PATH ({path}). Install it, or add its folder to PATH."


_LIMITS = {
    errno.E2BIG: "Pass large values in a file instead.",
    errno.ENOMEM: "Free some memory or run fewer jobs at once.",
    errno.EAGAIN: "Too many processes run already; raise `ulimit -u` or run fewer jobs at once.",
    errno.EMFILE: "Too many files are open; raise `ulimit -n` or run fewer jobs at once.",
    errno.ENFILE: "Too many files are open on this machine; run fewer jobs at once.",
}
