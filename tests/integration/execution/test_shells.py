from __future__ import annotations

import pytest

from headway.integration.execution.shells import KNOWN, Shell, shell_of
from headway.kernel.errors import HeadwayError


def everything(program: str) -> str:
    return f"/bin/{program}"


def nothing(_: str) -> None:
    return None


@pytest.mark.parametrize(
    ("wanted", "argv"),
    [
        ("bash", ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "/tmp/s"]),
        ("", ["/bin/bash", "-e", "/tmp/s"]),
        ("sh", ["/bin/sh", "-e", "/tmp/s"]),
        ("  sh  ", ["/bin/sh", "-e", "/tmp/s"]),
        ("python", ["/bin/python", "/tmp/s"]),
        ("pwsh", ["/bin/pwsh", "-command", ". '/tmp/s'"]),
        ("powershell", ["/bin/powershell", "-command", ". '/tmp/s'"]),
        ("bash -el {0}", ["/bin/bash", "-el", "/tmp/s"]),
        ("perl -e 'x' {0}", ["/bin/perl", "-e", "'x'", "/tmp/s"]),
        ('env "A B={0}" cat', ["/bin/env", "A B=/tmp/s", "cat"]),
        ('sh -c "echo \\"{0}\\""', ["/bin/sh", "-c", 'echo "/tmp/s"']),
        ("diff {0} {0}", ["/bin/diff", "/tmp/s", "/tmp/s"]),
    ],
)
def test_a_shell_becomes_a_program_with_the_script_in_its_place(wanted: str, argv: list[str]) -> None:
    assert shell_of(wanted, everything).argv("/tmp/s", everything) == argv


def test_a_script_whose_path_has_blanks_stays_one_argument() -> None:
    assert shell_of("bash", everything).argv("/a b/s.sh", everything)[-1] == "/a b/s.sh"


def test_without_bash_the_default_is_sh() -> None:
    assert shell_of("", nothing) == Shell("sh", "sh -e {0}")


def test_python_is_python3_where_it_has_no_other_name() -> None:
    found = shell_of("python", nothing).argv(
        "s.py", lambda program: "/usr/bin/python3" if program == "python3" else None
    )
    assert found == ["/usr/bin/python3", "s.py"]


def test_only_python_has_a_second_name() -> None:
    with pytest.raises(HeadwayError, match="The shell 'perl' is not on this machine"):
        shell_of("perl {0}", nothing).argv("s", lambda program: "/bin/x" if program == "perl3" else None)


@pytest.mark.parametrize("wanted", ["fish", "Bash", "bash -e", "{}", "../bash"])
def test_what_is_neither_known_nor_a_command_is_refused_with_the_known_ones(wanted: str) -> None:
    with pytest.raises(HeadwayError) as raised:
        shell_of(wanted, everything)
    assert f"'{wanted}' is no shell" in str(raised.value)
    assert all(name in str(raised.value) for name in KNOWN)


@pytest.mark.parametrize(
    ("wanted", "extension"),
    [
        ("bash", ".sh"),
        ("sh", ".sh"),
        ("", ".sh"),
        ("python", ".py"),
        ("python -u {0}", ".py"),
        ("pwsh", ".ps1"),
        ("pwsh -File {0}", ".ps1"),
        ("cmd", ".cmd"),
        ("perl {0}", ".sh"),
    ],
)
def test_the_script_has_the_extension_that_its_shell_asks_for(wanted: str, extension: str) -> None:
    assert shell_of(wanted, everything).extension == extension


def test_line_ends_of_windows_become_those_of_posix_and_a_lone_cr_stays() -> None:
    assert shell_of("bash", everything).script("a\r\nb\rc\n") == "a\nb\rc\n"


@pytest.mark.parametrize("wanted", ["pwsh", "powershell", "pwsh -NoProfile {0}"])
def test_powershell_stops_at_errors_and_hands_on_the_exit_code(wanted: str) -> None:
    script = shell_of(wanted, everything).script("Get-Item x")
    assert script.splitlines()[0] == "$ErrorActionPreference = 'stop'"
    assert script.splitlines()[-1].endswith("{ exit $LASTEXITCODE }")
    assert "\nGet-Item x\n" in script


def test_other_shells_get_the_script_as_it_is() -> None:
    assert shell_of("python", everything).script("print(1)") == "print(1)"
