from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import HeadwayError, LimitError, MissingProgramError
from headway.kernel.process import Cancellation, run_process
from headway.kernel.process import spawn as spawn_function

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@pytest.fixture(params=["primitive", "subprocess"], autouse=True)
def both_ways_of_starting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "subprocess":
        monkeypatch.setattr(sys.modules[spawn_function.__module__], "_FIRST_UNKNOWN", (3, 0))


def run(argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> bytes:
    printed: list[bytes] = []
    run_process(
        argv,
        cwd=str(cwd),
        env={"PATH": os.environ["PATH"]} if env is None else env,
        output=printed.append,
        cancel=Cancellation(),
        timeout=None,
        tracking_id="tracking-id",
    )
    return b"".join(printed)


def write_program(path: Path, text: str, mode: int = 0o755) -> None:
    path.write_text(text)
    path.chmod(mode)


def test_a_program_is_found_in_the_path_of_its_environment(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    write_program(tmp_path / "bin" / "greet", "#!/bin/sh\necho found\n")
    assert run(["greet"], tmp_path, {"PATH": f"/nowhere:{tmp_path}/bin"}) == b"found\n"


def test_a_program_with_a_slash_is_looked_for_from_its_folder(tmp_path: Path) -> None:
    write_program(tmp_path / "greet", "#!/bin/sh\necho found\n")
    assert run(["./greet"], tmp_path) == b"found\n"


def test_an_empty_entry_of_the_path_is_the_folder_itself(tmp_path: Path) -> None:
    write_program(tmp_path / "greet", "#!/bin/sh\necho found\n")
    assert run(["greet"], tmp_path, {"PATH": "/nowhere::/else"}) == b"found\n"


def test_a_missing_program_is_named_together_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(MissingProgramError, match=r"no-such-program: .*PATH \(/here:/there\).*Install") as caught:
        run(["no-such-program"], tmp_path, {"PATH": "/here:/there"})
    assert isinstance(caught.value.__cause__, OSError)


def test_a_file_in_the_path_that_is_not_executable_is_passed_over(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        (tmp_path / name).mkdir()
    write_program(tmp_path / "first" / "greet", "#!/bin/sh\necho first\n", 0o644)
    (tmp_path / "second" / "greet").mkdir()
    write_program(tmp_path / "third" / "greet", "#!/bin/sh\necho third\n")
    folders = [str(tmp_path / name) for name in ("first", "second", "third")]
    assert run(["greet"], tmp_path, {"PATH": ":".join(folders)}) == b"third\n"
    with pytest.raises(HeadwayError, match="greet: this user may not execute it"):
        run(["greet"], tmp_path, {"PATH": folders[0]})


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_in_the_path_does_not_hide_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    env = {"PATH": f"{tmp_path}/closed:{os.environ['PATH']}"}
    with pytest.raises(MissingProgramError, match="no such program in PATH"):
        run(["no-such-program"], tmp_path, env)
    with pytest.raises(LimitError):
        run(["true", "x" * 3_000_000], tmp_path, env)


def test_a_missing_file_is_named_together_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingProgramError, match=rf"\./nothing: no such file \(looked for from {tmp_path}\)"):
        run(["./nothing"], tmp_path)


def test_a_missing_interpreter_is_told_from_a_missing_file(tmp_path: Path) -> None:
    write_program(tmp_path / "script", "#!/no/such/interpreter\n")
    for argv, env in ((["./script"], None), (["script"], {"PATH": str(tmp_path)})):
        with pytest.raises(MissingProgramError, match="interpreter"):
            run(argv, tmp_path, env)


def test_a_file_that_is_not_executable_is_refused_with_the_remedy(tmp_path: Path) -> None:
    write_program(tmp_path / "script", "#!/bin/sh\n", 0o644)
    with pytest.raises(HeadwayError, match=r"\./script: this user may not execute it.*chmod \+x"):
        run(["./script"], tmp_path)


def test_a_text_without_interpreter_line_is_refused(tmp_path: Path) -> None:
    write_program(tmp_path / "script", "echo hello\n")
    with pytest.raises(HeadwayError, match="neither a program for this machine nor a script"):
        run(["./script"], tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match=f"Cannot start true in {tmp_path}/gone: there is no such folder"):
        run(["true"], tmp_path / "gone")


def test_a_file_is_no_folder_to_run_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HeadwayError, match="there is no such folder"):
        run(["true"], tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_may_not_be_entered_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(HeadwayError, match="may not be entered"):
        run(["true"], tmp_path / "closed")


def test_too_long_arguments_are_refused_with_their_size(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match=r"Cannot start true.*3000004 characters of arguments.*in a file"):
        run(["true", "x" * 3_000_000], tmp_path)


@pytest.mark.parametrize(
    ("argv", "env", "message"),
    [
        ([], {}, "No program"),
        ([""], {}, "No program"),
        (["true", "a\0b"], {}, "argument of true holds a NUL"),
        (["true"], {"NAME": "a\0b"}, "NAME for true holds a NUL"),
        (["true"], {"A=B": "c"}, "'A=B' cannot be the name"),
        (["true"], {"": "c"}, "'' cannot be the name"),
    ],
)
def test_what_no_system_could_pass_on_is_refused(
    tmp_path: Path, argv: list[str], env: dict[str, str], message: str
) -> None:
    with pytest.raises(HeadwayError, match=message):
        run(argv, tmp_path, env)


def test_bytes_that_are_no_utf8_pass_through_arguments_and_environment(tmp_path: Path) -> None:
    odd = os.fsdecode(b"\xff\xfe")
    assert run(["sh", "-c", 'printf %s "$1$ODD"', "sh", odd], tmp_path, {**os.environ, "ODD": odd}) == (b"\xff\xfe" * 2)


def test_failed_starts_leave_no_descriptor_and_no_process(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for _ in range(50):
        with pytest.raises(MissingProgramError):
            run(["./nothing"], tmp_path)
    assert len(os.listdir("/dev/fd")) == before


CROWDED = """
import os, resource, sys
from headway.kernel.errors import LimitError
from headway.kernel.process import Cancellation, run_process

def run():
    run_process(["true"], cwd="/", env=dict(os.environ), output=print, cancel=Cancellation(), timeout=None,
                tracking_id="x")

run()
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
taken = []
for spare in range(8):
    try:
        while True:
            taken.append(os.open("/", os.O_RDONLY))
    except OSError:
        pass
    for _ in range(spare):
        os.close(taken.pop())
    try:
        run()
    except LimitError as error:
        assert "ulimit -n" in str(error), error
        print("refused with", spare)
    left = []
    try:
        while True:
            left.append(os.open("/", os.O_RDONLY))
    except OSError:
        pass
    assert len(left) == spare, (spare, len(left))
    taken += left
print("done")
"""


def test_running_out_of_descriptors_is_told_and_leaks_none() -> None:
    done = subprocess.run([sys.executable, "-c", CROWDED], capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["done"], "")
    assert "refused with 0" in done.stdout


CLOSED = """
import os, sys
from headway.kernel.process import Cancellation, run_process
printed = []
run_process(["sh", "-c", "read x; echo got $x; echo error >&2"], cwd="/", env=dict(os.environ),
            output=printed.append, cancel=Cancellation(), timeout=None, tracking_id="x")
with open(sys.argv[1], "wb") as file:
    file.write(b"".join(printed))
"""


def test_a_process_can_be_started_when_our_own_standard_streams_are_closed(tmp_path: Path) -> None:
    result = tmp_path / "result"
    script = 'exec "$0" -c "$1" "$2" <&- >&- 2>&-'
    subprocess.run(["sh", "-c", script, sys.executable, CLOSED, str(result)], check=True)
    assert result.read_bytes() == b"got\nerror\n"
