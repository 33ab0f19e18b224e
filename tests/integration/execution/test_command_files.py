from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.command_files import CommandFiles
from headway.integration.execution.files import LARGEST_FILE
from headway.integration.execution.frames import Frame
from headway.integration.execution.program import Program
from headway.kernel.process import Cancellation
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from collections.abc import Callable


class Written:
    """The files of one program, and what came of what was written to them."""

    def __init__(self, folder: Path) -> None:
        self.job = OneJob(folder, steps("- run: echo"))
        frame = Frame.of_job(self.job.run_state)
        self.program = Program(frame, "one", "one", {}, Cancellation(), None)
        self.files = CommandFiles(str(folder / "temp"), "1")
        self.files.create()
        self.paths = {name: Path(path) for name, path in self.files.variables(lambda path: path).items()}

    def apply(self, **texts: str) -> list[str]:
        for name, text in texts.items():
            self.paths[f"GITHUB_{name.upper()}"].write_text(text)
        return self.files.apply(self.program)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_every_program_has_its_five_files_empty(written: Written) -> None:
    assert sorted(written.paths) == [
        "GITHUB_ENV",
        "GITHUB_OUTPUT",
        "GITHUB_PATH",
        "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
    ]
    assert all(path.read_bytes() == b"" for path in written.paths.values())
    assert written.apply() == []


def test_paths_are_told_as_the_program_sees_them(tmp_path: Path) -> None:
    seen: Callable[[str], str] = lambda path: path.replace(str(tmp_path), "/seen")  # noqa: E731
    assert CommandFiles(str(tmp_path), "7-x").variables(seen)["GITHUB_OUTPUT"] == "/seen/output_7-x"


def test_creating_them_again_empties_them(written: Written) -> None:
    written.paths["GITHUB_OUTPUT"].write_text("a=1\n")
    written.files.create()
    assert written.apply() == []
    assert written.program.outputs == {}


def test_outputs_and_state_go_to_the_step(written: Written) -> None:
    assert written.apply(output="a=1\nb<<E\n2\n3\nE\n", state="s=4\n") == []
    assert written.program.outputs == {"a": "1", "b": "2\n3"}
    assert written.program.state == {"s": "4"}


def test_variables_and_paths_go_to_the_job(written: Written) -> None:
    assert written.apply(env="A=1\n", path="/one\n/two\n") == []
    assert written.job.run_state.env == {"A": "1"}
    assert written.job.run_state.paths == ["/one", "/two"]


def test_the_summary_is_masked_and_blank_ones_are_left_out(written: Written) -> None:
    written.job.run_state.masks.add("hunter22")
    written.apply(step_summary="# It is hunter22\n")
    written.apply(step_summary="\n  \n")
    assert written.job.listener.summaries == ["# It is ***\n"]


def test_what_is_written_wrongly_is_told_with_file_and_line_and_the_rest_before_it_counts(written: Written) -> None:
    faults = written.apply(output="a=1\nnonsense\nb=2\n")
    assert written.program.outputs == {"a": "1"}
    assert len(faults) == 1
    assert faults[0].startswith("GITHUB_OUTPUT line 2: `nonsense`")


def test_faults_of_all_files_are_told(written: Written) -> None:
    faults = written.apply(output="x\n", state="y\n", env="z\n")
    assert [fault.split()[0] for fault in faults] == ["GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV"]


def test_what_must_not_be_set_is_a_warning_and_no_fault(written: Written) -> None:
    assert written.apply(env="NODE_OPTIONS=x\nGITHUB_SHA=y\nFINE=z\n") == []
    assert written.job.run_state.env == {"FINE": "z"}


def test_a_file_that_was_removed_or_became_a_folder_is_empty(written: Written) -> None:
    written.paths["GITHUB_OUTPUT"].unlink()
    written.paths["GITHUB_ENV"].unlink()
    written.paths["GITHUB_ENV"].mkdir()
    assert written.apply(state="s=1") == []
    assert written.program.state == {"s": "1"}


def test_a_file_that_is_too_large_is_a_fault_and_is_not_read_whole(written: Written) -> None:
    os.truncate(written.paths["GITHUB_OUTPUT"], 1 << 40)
    (fault,) = written.apply()
    assert f"it has more than {LARGEST_FILE >> 20} MiB" in fault
