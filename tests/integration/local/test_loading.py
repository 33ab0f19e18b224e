from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.sources import ActionSource
from headway.integration.local.loading import load_workflow, loader, workflow_paths
from headway.integration.local.parsed import ParsedFiles
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path

JOB = "jobs: {a: {runs-on: x, steps: [{run: x}]}}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop/.github/workflows"
    folder.mkdir(parents=True)
    for name in ("ci.yml", "release.yaml", "notes.md", "ci.yml.bak"):
        (folder / name).write_text(f"on: push\n{JOB}")
    return tmp_path / "shop"


def source(folder: Path, **overrides: str) -> ActionSource:
    given = {name.replace("_", "/"): where for name, where in overrides.items()}
    return ActionSource(str(folder / "cache"), overrides=given, offline=True)


def test_workflows_are_yaml_files_by_name(root: Path) -> None:
    assert workflow_paths(str(root), []) == [".github/workflows/ci.yml", ".github/workflows/release.yaml"]


@pytest.mark.parametrize("wanted", ["ci", "ci.yml", ".github/workflows/ci.yml"])
def test_a_workflow_is_named_in_three_ways(root: Path, wanted: str) -> None:
    assert workflow_paths(str(root), [wanted]) == [".github/workflows/ci.yml"]


def test_workflows_come_in_the_order_in_which_they_are_named(root: Path) -> None:
    assert workflow_paths(str(root), ["release", "ci"]) == [
        ".github/workflows/release.yaml",
        ".github/workflows/ci.yml",
    ]


def test_a_file_anywhere_may_be_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "other").mkdir()
    (root / "other/mine.yml").write_text("")
    monkeypatch.chdir(root / "other")
    assert workflow_paths(str(root), ["mine.yml"]) == ["other/mine.yml"]


@pytest.mark.parametrize("wanted", ["nope", "", "ci.yml.bak", "notes", "../ci"])
def test_a_name_without_a_workflow_is_answered_with_those_that_there_are(root: Path, wanted: str) -> None:
    with pytest.raises(HeadwayError) as raised:
        workflow_paths(str(root), [wanted])
    assert f"There is no workflow '{wanted}'" in str(raised.value)
    assert "ci.yml, release.yaml" in str(raised.value)


def test_a_repository_without_workflows_says_so(tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match="There are no workflows in"):
        workflow_paths(str(tmp_path), [])
    with pytest.raises(HeadwayError, match="The workflows here: none"):
        workflow_paths(str(tmp_path), ["ci"])


def test_a_workflow_is_loaded_with_what_it_calls(root: Path, tmp_path: Path) -> None:
    (root / ".github/workflows/caller.yml").write_text("on: push\njobs: {b: {uses: ./.github/workflows/called.yml}}")
    (root / ".github/workflows/called.yml").write_text(f"on: workflow_call\n{JOB}")
    parsed = ParsedFiles(str(tmp_path / "cache"), str(root))
    workflow, problems = load_workflow(str(root), ".github/workflows/caller.yml", source(tmp_path), parsed)
    assert problems == ()
    assert workflow is not None
    callee = workflow.jobs["b"].callee
    assert callee is not None
    assert (callee.path, list(callee.jobs)) == (".github/workflows/called.yml", ["a"])


def test_what_cannot_be_read_says_why_with_the_path(root: Path, tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match=r"'none\.yml' cannot be read: No such file"):
        loader(str(root), source(tmp_path))("./none.yml", ".github/workflows/ci.yml")
    with pytest.raises(HeadwayError, match="cannot be read: Is a directory"):
        loader(str(root), source(tmp_path))("./.github", ".github/workflows/ci.yml")


def test_a_workflow_of_another_repository_comes_from_its_source(root: Path, tmp_path: Path) -> None:
    load = loader(str(tmp_path), source(tmp_path, acme_shop=str(root)))
    file = load("acme/shop/.github/workflows/ci.yml@v1", ".github/workflows/x.yml")
    assert (file.reference, file.text) == ("acme/shop/.github/workflows/ci.yml@v1", f"on: push\n{JOB}".encode())


def test_what_a_remote_workflow_calls_beside_it_is_of_its_repository_and_ref(root: Path, tmp_path: Path) -> None:
    load = loader(str(tmp_path), source(tmp_path, acme_shop=str(root)))
    file = load("./.github/workflows/release.yaml", "acme/shop/.github/workflows/ci.yml@v1")
    assert file.reference == "acme/shop/.github/workflows/release.yaml@v1"


def test_one_file_has_one_name_however_it_is_written(root: Path, tmp_path: Path) -> None:
    load = loader(str(root), source(tmp_path))
    names = {load(uses, "x").reference for uses in ("./.github/workflows/ci.yml", "./.github//workflows/./ci.yml")}
    assert names == {".github/workflows/ci.yml"}


@pytest.mark.parametrize("uses", ["./../outside.yml", "./.github/../../outside.yml", ".//etc/passwd"])
def test_a_called_workflow_is_never_read_outside_its_repository(root: Path, tmp_path: Path, uses: str) -> None:
    (tmp_path / "outside.yml").write_text(f"on: workflow_call\n{JOB}")
    load = loader(str(root), source(tmp_path, acme_shop=str(root)))
    for caller in (".github/workflows/ci.yml", "acme/shop/.github/workflows/ci.yml@v1"):
        with pytest.raises(HeadwayError, match="leads out of the repository"):
            load(uses, caller)


def test_a_workflow_of_the_tree_may_have_an_at_in_its_name(root: Path, tmp_path: Path) -> None:
    (root / ".github/workflows/a@b.yml").write_text(f"on: push\n{JOB}")
    file = loader(str(root), source(tmp_path))("./.github/workflows/ci.yml", ".github/workflows/a@b.yml")
    assert file.reference == ".github/workflows/ci.yml"
