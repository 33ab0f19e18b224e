from __future__ import annotations

import pytest

from headway.repository.reading import names, open_repository, trees
from headway.repository.reading.errors import ObjectMissingError, PathMissingError
from tests.repository.reading.building import Bare, Put


def test_a_folder_lists_every_kind_of_entry_with_folders_first(bare: Bare) -> None:
    bare.commit(
        {
            "zebra/a": "1",
            "b.txt": "12345",
            "run": Put(b"#!", "100755"),
            "link": Put(b"b.txt", "120000"),
            "library": Put(b"1" * 40, "160000"),
        }
    )
    repository = open_repository(bare.build().path)
    page = trees.folder(repository, bare.ids[1])
    assert [(one.name, one.kind, one.size) for one in page.items] == [
        ("library", "submodule", None),
        ("zebra", "folder", None),
        ("b.txt", "file", 5),
        ("link", "symlink", 5),
        ("run", "executable", 2),
    ]
    assert trees.folder(repository, bare.ids[1], "/zebra/").items[0].path == "zebra/a"


def test_a_folder_comes_in_pages(bare: Bare) -> None:
    bare.commit({f"f{number:02}": "" for number in range(10)} | {f"d{number}/x": "" for number in range(3)})
    repository = open_repository(bare.build().path)
    listed: list[str] = []
    cursor = ""
    while True:
        page = trees.folder(repository, bare.ids[1], "", cursor, limit=4)
        listed += [one.name for one in page.items]
        if not (cursor := page.following):
            break
    assert listed == [*(f"d{number}" for number in range(3)), *(f"f{number:02}" for number in range(10))]


@pytest.mark.parametrize(
    "name", [b"new\nline", b"caf\xe9", b'quo"te\\', b" ", b"\x01\x1f", "ünïcödé".encode(), b"-rf", b":(top)"]
)
def test_every_name_survives(bare: Bare, name: bytes) -> None:
    bare.commit({b"folder/" + name: b"x", name + b"/inner": b"y"} if name else {})
    repository = open_repository(bare.build().path)
    (one,) = trees.folder(repository, bare.ids[1], "folder").items
    assert names.encode(one.name) == name
    assert trees.entry(repository, bare.ids[1], one.path) == one
    assert trees.folder(repository, bare.ids[1], one.name).items[0].name == "inner"


def test_entries_that_only_an_attacker_writes_lead_nowhere(bare: Bare) -> None:
    blob = bare.raw("blob", b"x")
    inner = bare.raw("tree", b"100644 secret\0" + bytes.fromhex(blob))
    tree = bare.raw("tree", b"40000 ..\x00" + bytes.fromhex(inner) + b"40000 .git\x00" + bytes.fromhex(inner))
    commit = bare.raw("commit", b"tree %s\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx" % tree.encode())
    repository = open_repository(bare.path)
    assert [one.name for one in trees.folder(repository, commit).items] == ["..", ".git"]
    assert trees.entry(repository, commit, "../secret").oid == blob
    with pytest.raises(PathMissingError):
        trees.entry(repository, commit, "../../secret")


def test_a_path_that_is_missing_suggests_what_is_like_it(bare: Bare) -> None:
    bare.commit({"src/app/main.py": "1", "src/app/other.py": "2"})
    repository = open_repository(bare.build().path)
    with pytest.raises(PathMissingError, match=r"Did you mean 'src/app/main.py'"):
        trees.entry(repository, bare.ids[1], "src/app/mian.py")
    with pytest.raises(PathMissingError) as caught:
        trees.entry(repository, bare.ids[1], "src/app/main.py/deeper")
    assert caught.value.suggestions == ("src/app/main.py",)
    with pytest.raises(PathMissingError, match="is a file, not a folder"):
        trees.folder(repository, bare.ids[1], "src/app/main.py")
    with pytest.raises(PathMissingError):
        trees.entry(repository, bare.ids[1], "../etc/passwd")
    with pytest.raises(ObjectMissingError):
        trees.folder(repository, "1" * 40)


def test_a_commit_without_files_has_an_empty_folder(bare: Bare) -> None:
    bare.commit({})
    repository = open_repository(bare.build().path)
    assert trees.folder(repository, bare.ids[1]).items == ()
    assert trees.readme(repository, bare.ids[1]) is None


def test_the_readme_that_is_written_for_people_comes_first(bare: Bare) -> None:
    bare.commit({"README": "1", "ReadMe.md": "2", "docs/readme.rst": "3", "readme.md.d/x": "4"})
    repository = open_repository(bare.build().path)
    for folder, expected in (("", "ReadMe.md"), ("docs", "docs/readme.rst"), ("readme.md.d", None), ("README", None)):
        found = trees.readme(repository, bare.ids[1], folder)
        assert (found and found.path) == expected


def test_submodules_are_those_of_the_settings_file(bare: Bare) -> None:
    text = '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib.git\n\tbranch = stable\n[core]\n\tpath = x\n\turl = y\n[submodule "half"]\n\tpath = z\n'
    bare.commit({".gitmodules": text})
    bare.commit({".gitmodules": Put(b"elsewhere", "120000")})
    bare.commit({".gitmodules": b"\xff" * 300_000})
    repository = open_repository(bare.build().path)
    assert trees.submodules(repository, bare.ids[1]) == {"vendor/lib": ("vendor/lib", "../lib.git", "stable")}
    assert trees.submodules(repository, bare.ids[2]) == {}
    assert trees.submodules(repository, bare.ids[3]) == {}
