"""upload-artifact, download-artifact and upload-artifact/merge, as whole runs show them."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.project import Project, Ran

MAKE = """
- run: |
    mkdir -p out/sub .hid other
    echo one > out/a.txt; echo two > out/sub/b.txt; echo log > out/c.log
    echo secret > out/.env; echo hidden > .hid/x; echo other > other/o.txt
    ln -s a.txt out/link; ln -s nowhere out/broken; chmod 755 out/a.txt
"""


def run_steps(project: Project, steps: str, *arguments: str) -> Ran:
    project.steps(MAKE + steps)
    return project.run(*arguments)


def kept(ran: Ran, name: str = "artifact") -> dict[str, str]:
    """Return what is in an artifact, by its path."""
    (event,) = [event for event in ran.of("artifact") if event["name"] == name]
    folder = Path(event["path"])
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def upload(path: str, *more: str) -> str:
    block = "".join(f"      {line}\n" for line in path.split("\n"))
    return f"- id: up\n  uses: actions/upload-artifact@v4\n  with:\n    path: |\n{block}" + "".join(
        f"    {line}\n" for line in more
    )


# Which files, under which root


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("out", ["a.txt", "c.log", "link", "sub/b.txt"]),
        ("out/", ["a.txt", "c.log", "link", "sub/b.txt"]),
        ("out/*", ["a.txt", "c.log", "link", "sub/b.txt"]),
        ("out/**/*.txt", ["a.txt", "sub/b.txt"]),
        ("out/a.txt", ["a.txt"]),
        ("out/sub/b.txt", ["b.txt"]),
        ("out/sub/*.txt", ["b.txt"]),
        ("**/b.txt", ["out/sub/b.txt"]),
        ("out/a.txt\nother/o.txt", ["other/o.txt", "out/a.txt"]),
        ("out/a.txt\nout/sub/b.txt", ["a.txt", "sub/b.txt"]),
        ("out\nout/sub", ["a.txt", "c.log", "link", "sub/b.txt"]),
        ("out\n!out/sub", ["a.txt", "c.log", "link"]),
        ("out\n!**/*.log", ["a.txt", "link", "sub/b.txt"]),
        ("${{ github.workspace }}/out/sub", ["b.txt"]),
        ("# comment\nout/sub", ["b.txt"]),
    ],
)
def test_the_files_and_their_root_are_those_of_githubs_action(project: Project, path: str, files: list[str]) -> None:
    ran = run_steps(project, upload(path))
    assert ran.code == 0, ran.log()
    assert sorted(kept(ran)) == files


def test_hidden_files_are_left_out_unless_they_are_asked_for(project: Project) -> None:
    ran = run_steps(project, upload("out", "include-hidden-files: true"))
    assert sorted(kept(ran)) == [".env", "a.txt", "c.log", "link", "sub/b.txt"]


def test_a_hidden_folder_that_is_named_is_left_out_too(project: Project) -> None:
    ran = run_steps(project, upload(".hid"))
    assert "No files were found with the provided path: .hid" in ran.log("a", "up")
    assert ran.of("artifact") == []


def test_files_outside_of_the_workspace_can_be_uploaded(project: Project, tmp_path: Path) -> None:
    (tmp_path / "home/reports").mkdir(parents=True)
    (tmp_path / "home/reports/r.txt").write_text("r")
    ran = run_steps(project, upload("~/reports"), "--env", f"HOME={tmp_path / 'home'}")
    assert kept(ran) == {"r.txt": "r"}


# Outputs, and what is told


def test_what_was_kept_and_where_is_in_the_log_and_told_as_an_event(project: Project) -> None:
    ran = run_steps(project, upload("out", "name: dist"))
    (event,) = ran.of("artifact")
    assert (event["name"], event["files"], event["size"]) == ("dist", 4, 16)
    assert f"Its files are in {event['path']}" in ran.log("a", "up")
    assert "With the provided path, there will be 4 files uploaded" in ran.log("a", "up")


def test_other_jobs_download_by_the_outputs_of_the_upload(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: ubuntu-latest
    outputs:
      id: ${{ steps.up.outputs.artifact-id }}
      digest: ${{ steps.up.outputs.artifact-digest }}
      url: ${{ steps.up.outputs.artifact-url }}
    steps:
      - run: mkdir out && echo one > out/a && chmod +x out/a
      - {id: up, uses: actions/upload-artifact@v4, with: {name: dist, path: out}}
  b:
    needs: a
    runs-on: ubuntu-latest
    steps:
      - {id: down, uses: actions/download-artifact@v5, with: {artifact-ids: "${{ needs.a.outputs.id }}", path: in}}
      - run: cat in/a && test ! -x in/a && test "$PWD/in" = "${{ steps.down.outputs.download-path }}" && echo same
"""
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("b", "__run") == "one\nsame\n"
    outputs = ran.job("a")["outputs"]
    (event,) = ran.of("artifact")
    assert outputs["id"].isdigit()
    assert len(outputs["digest"]) == 64
    assert outputs["url"] == f"file://{event['path'].replace('%', '%25')}"


def test_the_summary_says_where_an_artifact_is(project: Project) -> None:
    project.steps(MAKE + upload("out", "name: dist"))
    ran = project.headway("run", "--plain")
    assert "Artifacts\n  dist (4 files, 16 B): " in ran.out


# What is wrong


@pytest.mark.parametrize(
    ("how", "code", "words"),
    [
        ("", 0, "##[warning]No files were found with the provided path: none."),
        ("if-no-files-found: warn", 0, "##[warning]No files were found"),
        ("if-no-files-found: ignore", 0, "No files were found"),
        ("if-no-files-found: error", 1, "##[error]No files were found"),
        ("if-no-files-found: maybe", 1, "Unrecognized if-no-files-found input. Provided: maybe"),
    ],
)
def test_what_happens_when_nothing_is_found_is_up_to_the_input(
    project: Project, how: str, code: int, words: str
) -> None:
    ran = run_steps(project, upload("none", *([how] if how else [])))
    assert (ran.code, words in ran.log("a", "up")) == (code, True), ran.log()
    assert ran.of("artifact") == []


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("name: ../evil", "The artifact name is not valid: ../evil"),
        ("name: a:b", "Contains the following character: colon"),
        ("name: '..'", "must not be '.' or '..'"),
        ("compression-level: 11", "Invalid compression-level. Valid values are 0-9"),
        ("compression-level: fast", "Invalid compression-level"),
        ("retention-days: soon", "Invalid retention-days"),
        ("retention-days: -3", "Invalid retention-days"),
        ("overwrite: maybe", "The input 'overwrite' must be true or false, not 'maybe'"),
    ],
)
def test_an_input_that_is_wrong_fails_the_step_and_says_why(project: Project, inputs: str, words: str) -> None:
    ran = run_steps(project, upload("out", inputs))
    assert ran.code == 1
    assert words in ran.log("a", "up")
    assert "Traceback" not in ran.log() + ran.errors


def test_a_missing_path_is_told_in_githubs_words(project: Project) -> None:
    ran = run_steps(project, "- {id: up, uses: actions/upload-artifact@v4, with: {name: x}}\n")
    assert "Input required and not supplied: path" in ran.log("a", "up")


def test_a_file_whose_name_is_not_portable_is_refused(project: Project) -> None:
    ran = run_steps(project, "- run: touch 'out/a:b'\n" + upload("out"))
    assert ran.code == 1
    assert "The path for one of the files in artifact is not valid: a:b" in ran.log("a", "up")


def test_a_retention_that_is_too_long_is_cut_with_a_warning(project: Project) -> None:
    ran = run_steps(project, upload("out", "retention-days: 400"))
    assert ran.code == 0
    assert "Using 90 instead" in ran.log("a", "up")


def test_a_second_artifact_of_a_name_is_refused_unless_it_may_overwrite(project: Project) -> None:
    ran = run_steps(project, upload("out") + upload("other").replace("id: up", "id: again"))
    assert ran.code == 1
    assert "already exists on the workflow run: artifact" in ran.log("a", "again")
    project.steps(MAKE + upload("out") + upload("other", "overwrite: true").replace("id: up", "id: again"))
    ran = project.run()
    assert ran.code == 0
    assert Path(ran.of("artifact")[-1]["path"], "o.txt").exists()
    assert not Path(ran.of("artifact")[-1]["path"], "a.txt").exists()


def test_jobs_of_a_matrix_that_want_one_name_are_told_to_tell_them_apart(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: ubuntu-latest
    strategy: {fail-fast: false, matrix: {n: [1, 2, 3]}}
    steps:
      - run: echo "${{ matrix.n }}" > x
      - {uses: actions/upload-artifact@v4, with: {name: same, path: x}}
      - {uses: actions/upload-artifact@v4, with: {name: "own-${{ matrix.n }}", path: x}}
"""
    )
    ran = project.run()
    assert ran.code == 1
    names = [event["name"] for event in ran.of("artifact")]
    assert names.count("same") == 1
    assert ran.log().count("already exists on the workflow run") == 2


# A file as it is


def test_a_single_file_can_be_kept_without_a_zip(project: Project) -> None:
    steps = upload("out/a.txt", "archive: false", "name: ignored").replace("@v4", "@v7")
    ran = run_steps(project, steps + "- {uses: actions/download-artifact@v8, with: {path: in}}\n- run: cat in/a.txt\n")
    assert ran.code == 0, ran.log()
    assert kept(ran, "a.txt") == {"a.txt": "one\n"}
    assert ran.log("a", "__run_2") == "one\n"


def test_several_files_cannot(project: Project) -> None:
    ran = run_steps(project, upload("out", "archive: false"))
    assert "only a single file can be uploaded. Found 4 files" in ran.log("a", "up")


# Downloading

UPLOADS = (
    upload("out/a.txt", "name: one")
    + upload("out/sub/b.txt", "name: two").replace("id: up", "id: up2")
    + upload("other", "name: three").replace("id: up", "id: up3")
)
ID, ID2 = "${{ steps.up.outputs.artifact-id }}", "${{ steps.up2.outputs.artifact-id }}"
SHOW = "- {id: show, run: 'cd in && find . -type f | sort'}\n"


def download(inputs: str, version: str = "v4") -> str:
    return f"- {{id: down, uses: actions/download-artifact@{version}, with: {{path: in{inputs}}}}}\n{SHOW}"


@pytest.mark.parametrize(
    ("inputs", "version", "files"),
    [
        (", name: one", "v4", ["./a.txt"]),
        ("", "v4", ["./one/a.txt", "./three/o.txt", "./two/b.txt"]),
        (", pattern: 't*'", "v4", ["./three/o.txt", "./two/b.txt"]),
        (", pattern: '{one,two}', merge-multiple: true", "v4", ["./a.txt", "./b.txt"]),
        (", merge-multiple: true", "v4", ["./a.txt", "./b.txt", "./o.txt"]),
        (", pattern: 'o*'", "v4", ["./one/a.txt"]),
        (", pattern: 'o*'", "v5", ["./a.txt"]),
        (", pattern: 'o*'", "main", ["./a.txt"]),
        (f", artifact-ids: '{ID}, {ID2}'", "v5", ["./one/a.txt", "./two/b.txt"]),
        (f", artifact-ids: '{ID2}, 7'", "v5", ["./b.txt"]),
    ],
)
def test_artifacts_are_downloaded_by_name_pattern_and_id_into_the_folders_that_github_makes(
    project: Project, inputs: str, version: str, files: list[str]
) -> None:
    ran = run_steps(project, UPLOADS + download(inputs, version))
    assert ran.code == 0, ran.log()
    assert ran.log("a", "show").split() == files


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (", name: none", "Artifact 'none' not found. The artifacts of this run: one, two, three"),
        (", name: one, artifact-ids: '1'", "cannot be used together"),
        (", artifact-ids: 'x'", "Invalid artifact ID: 'x'"),
        (", artifact-ids: ','", "No valid artifact IDs"),
        (", artifact-ids: '7'", "None of the provided artifact IDs were found"),
        (", digest-mismatch: maybe", "Invalid value for 'digest-mismatch'"),
        (", run-id: '7', github-token: x, name: one", "The run 7 is not on this machine"),
    ],
)
def test_a_download_that_cannot_be_says_why(project: Project, inputs: str, words: str) -> None:
    ran = run_steps(project, UPLOADS + download(inputs))
    assert ran.code == 1
    assert words in ran.log("a", "down")


def test_a_pattern_that_matches_nothing_is_no_fault(project: Project) -> None:
    ran = run_steps(project, UPLOADS + download(", pattern: 'x*'").partition("\n")[0] + "\n")
    assert ran.code == 0
    assert "Total of 0 artifact(s) downloaded" in ran.log("a", "down")


def test_a_download_can_stay_packed_and_is_the_zip_of_the_digest(project: Project) -> None:
    steps = download(", name: one, skip-decompress: true", "v8") + upload("in", "name: z").replace("id: up", "id: z")
    ran = run_steps(project, UPLOADS + steps + "- {id: digest, run: 'echo ${{ steps.up.outputs.artifact-digest }}'}\n")
    assert ran.log("a", "show") == "./one.zip\n"
    (event,) = [event for event in ran.of("artifact") if event["name"] == "z"]
    archive = Path(event["path"], "one.zip")
    assert zipfile.ZipFile(archive).read("a.txt") == b"one\n"
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == ran.log("a", "digest").strip()


def test_a_download_never_writes_through_a_link_that_leads_out(project: Project, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "folder").mkdir()
    steps = f"- run: mkdir in && ln -s {tmp_path}/victim in/a.txt && ln -s {tmp_path}/folder in/sub\n"
    ran = run_steps(project, upload("out", "name: dist") + steps + download(", name: dist"))
    assert ran.code == 0, ran.log()
    assert (tmp_path / "victim").read_text() == "mine"
    assert list((tmp_path / "folder").iterdir()) == []


def test_artifacts_of_another_run_that_is_kept_can_be_downloaded(project: Project) -> None:
    first = run_steps(project, UPLOADS + "- {id: run, run: 'echo ${{ github.run_id }}'}\n")
    run = first.log("a", "run").strip()
    project.steps(download(f", run-id: '{run}', github-token: x, name: two"))
    second = project.run()
    assert second.log("a", "show") == "./b.txt\n", second.log()


def test_without_a_token_the_run_is_always_the_own(project: Project) -> None:
    ran = run_steps(project, UPLOADS + download(", run-id: '7', name: one"))
    assert ran.log("a", "show") == "./a.txt\n"


def test_repeating_what_failed_finds_the_artifacts_of_what_did_not(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo built > x
      - {uses: actions/upload-artifact@v4, with: {name: dist, path: x}}
  b:
    needs: a
    runs-on: ubuntu-latest
    steps:
      - {uses: actions/download-artifact@v4, with: {name: dist}}
      - run: cat x && test -e "$HEADWAY_TEST_FLAG"
"""
    )
    assert project.run(HEADWAY_TEST_FLAG="/nowhere").code == 1
    ran = project.run("--failed", HEADWAY_TEST_FLAG="/")
    assert ran.code == 0, ran.log()
    assert ran.log("b", "__run") == "built\n"


def test_workflows_of_one_command_keep_their_artifacts_apart(project: Project) -> None:
    for name in ("one", "two"):
        project.workflow(
            f"""
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo {name} > x
      - {{uses: actions/upload-artifact@v4, with: {{name: dist, path: x}}}}
      - {{uses: actions/download-artifact@v4, with: {{path: in}}}}
      - {{id: show, run: cat in/dist/x}}
""",
            name,
        )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "show") == "one\ntwo\n"


# Merging


def merge(*inputs: str) -> str:
    given = "".join(f"    {line}\n" for line in inputs)
    return f"- id: merge\n  uses: actions/upload-artifact/merge@v4\n  with:\n    pattern: t*\n{given}"


def test_artifacts_are_merged_into_one(project: Project) -> None:
    ran = run_steps(project, UPLOADS + merge())
    assert sorted(kept(ran, "merged-artifacts")) == ["b.txt", "o.txt"]
    assert "The 2 artifact(s) have been successfully merged!" in ran.log("a", "merge")


def test_merged_artifacts_can_have_folders_of_their_own_and_go_afterwards(project: Project) -> None:
    steps = UPLOADS + merge("name: all", "separate-directories: true", "delete-merged: true")
    ran = run_steps(project, steps + download("", "v4"))
    assert sorted(kept(ran, "all")) == ["three/o.txt", "two/b.txt"]
    assert ran.log("a", "show").split() == ["./all/three/o.txt", "./all/two/b.txt", "./one/a.txt"]


def test_merging_nothing_fails(project: Project) -> None:
    ran = run_steps(project, merge())
    assert "No artifacts found matching pattern 't*'" in ran.log("a", "merge")
