from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import LimitError
from headway.repository.reading import open_repository, process
from headway.repository.reading.errors import CommandError, ObjectMissingError, RepositoryMissingError
from tests.repository.reading.building import Bare, git

if TYPE_CHECKING:
    from pathlib import Path


def test_a_repository_stays_open(bare: Bare) -> None:
    assert open_repository(bare.path) is open_repository(str(bare.path))


def test_a_repository_that_was_made_anew_at_the_same_path_is_opened_anew(bare: Bare, tmp_path: Path) -> None:
    before = open_repository(bare.path)
    shutil.rmtree(bare.path)
    with pytest.raises(RepositoryMissingError, match="no bare repository"):
        open_repository(bare.path)
    git(bare.path, "init", "-q", "--bare")
    assert open_repository(bare.path) is not before


def test_a_folder_that_is_no_bare_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    with pytest.raises(RepositoryMissingError):
        open_repository(tmp_path)
    with pytest.raises(RepositoryMissingError):
        open_repository(tmp_path / "with\0zero")
    (tmp_path / "work").mkdir()
    git(tmp_path / "work" / ".git", "-c", "core.bare=false", "init", "-q")
    with pytest.raises(RepositoryMissingError):
        open_repository(tmp_path / "work" / ".git")


def test_an_object_that_is_missing_of_another_kind_or_too_large_says_so(bare: Bare) -> None:
    bare.commit({"a": "x" * 100})
    commit = bare.build().ids[1]
    repository = open_repository(bare.path)
    blob = bare.git("rev-parse", "main:a")
    with pytest.raises(ObjectMissingError, match="no object"):
        repository.read("1" * 40, "blob")
    with pytest.raises(ObjectMissingError, match="is a commit, not a tree"):
        repository.read(commit, "tree")
    with pytest.raises(LimitError, match="100 bytes"):
        repository.read(blob, "blob", limit=99)
    assert not repository.has("zz")


def test_objects_are_found_after_a_repack_took_their_packs_away(bare: Bare) -> None:
    for number in range(3):
        bare.commit({f"file{number}": f"{number}"})
        bare.build()
    repository = open_repository(bare.path)
    assert repository.has(bare.ids[1])
    bare.git("repack", "-adq")
    for number in range(3):
        oid = bare.git("rev-parse", f"main:file{number}")
        assert repository.read(oid, "blob") == str(number).encode()
    bare.commit({"later": "x"})
    assert repository.has(bare.build().ids[4])


def test_many_threads_read_one_repository(bare: Bare) -> None:
    bare.commit({f"file{number}": f"{number}" for number in range(50)})
    bare.build()
    repository = open_repository(bare.path)
    oids = bare.git("ls-tree", "main", "--format=%(objectname)").split()
    wrong: list[str] = []

    def read() -> None:
        for oid in oids * 5:
            if repository.header(oid)[0] != "blob":
                wrong.append(oid)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_settings_of_the_person_and_replaced_objects_change_nothing(
    bare: Bare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.commit({"a": "1"}, "One")
    bare.commit({"a": "2"}, "Two")
    bare.build()
    (tmp_path / "settings").write_text("[log]\n\tshowSignature = broken\n[core]\n\tbare = maybe\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "settings"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    bare.git("replace", bare.ids[2], bare.ids[1])
    repository = open_repository(bare.path)
    assert repository.ask("log", "-1", "--format=%s", "main") == b"Two\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_the_owner_of_a_repository_is_not_asked_for(bare: Bare) -> None:
    bare.commit({"a": "1"})
    bare.build()
    for folder, _, files in os.walk(bare.path):
        for name in (folder, *(os.path.join(folder, file) for file in files)):
            os.chown(name, 65534, 65534)
    repository = open_repository(bare.path)
    assert repository.read(bare.ids[1], "commit")
    assert repository.ask("rev-parse", "main").decode().strip() == bare.ids[1]


def test_a_command_that_fails_says_what_git_said(bare: Bare) -> None:
    with pytest.raises(CommandError, match=r"'git rev-list' failed: .*nothing-here"):
        process.ask(str(bare.path), "rev-list", "nothing-here")


def test_a_command_is_ended_at_its_deadline_and_at_its_limit(bare: Bare) -> None:
    bare.commit({"a": "x" * 100_000})
    bare.build()
    output = process.run(str(bare.path), "cat-file", "blob", "main:a", limit=10)
    assert output == (b"x" * 10, False)
    # Without anything to read, this command waits for its input for ever.
    assert not process.run(str(bare.path), "-c", "alias.wait=!sleep 30", "wait", seconds=0.1).complete
