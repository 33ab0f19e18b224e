from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from headway.repository.reading import objects

SIGNED = b"""tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
parent 1111111111111111111111111111111111111111
parent 2222222222222222222222222222222222222222
author Ada Lovelace <ada@example.org> 1700000000 -0330
committer =?? <> 1700000060 +0000
gpgsig -----BEGIN SSH SIGNATURE-----
 AAAA
 -----END SSH SIGNATURE-----

Fix it

Because.

Refs: #7
"""


def test_a_commit_tells_its_parts() -> None:
    commit = objects.commit("0" * 40, SIGNED)
    assert commit.parents == ("1" * 40, "2" * 40)
    assert commit.is_merge
    assert commit.author == ("Ada Lovelace", "ada@example.org", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), -210)
    assert commit.committer.name == "=??"
    assert (commit.subject, commit.body) == ("Fix it", "Because.\n\nRefs: #7")
    assert commit.trailers == (("Refs", "#7"),)
    assert commit.signature == "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----"


def test_a_commit_in_another_encoding_is_read_in_it() -> None:
    data = "tree x\nauthor Grün <g> 1 +0000\nencoding ISO-8859-1\n\nÄndern".encode("latin-1")
    commit = objects.commit("0" * 40, data)
    assert (commit.author.name, commit.subject) == ("Grün", "Ändern")


def test_times_that_no_calendar_holds_are_bent_to_it() -> None:
    assert objects.person(b"A <a> 99999999999999999999999 +0000").time.year == 9999
    assert objects.person(b"A <a> -99999999999999999 +0000").time.year == 1
    assert objects.person(b"A <a>").time == datetime(1970, 1, 1, tzinfo=UTC)
    assert objects.person(b"nothing of the kind").name == "nothing of the kind"


@given(st.binary())
def test_no_bytes_make_reading_raise(data: bytes) -> None:
    objects.commit("0" * 40, data)
    objects.commit("0" * 40, b"author " + data + b"\n\n" + data)
    objects.tag("0" * 40, data)
    objects.tree(data)
    objects.person(data)


@given(st.lists(st.tuples(st.sampled_from([0o100644, 0o100755, 0o40000, 0o120000, 0o160000]), st.binary(min_size=1)
    .filter(lambda name: b"\0" not in name), st.binary(min_size=20, max_size=20))))  # fmt: skip
def test_a_tree_is_read_as_it_was_written(entries: list[tuple[int, bytes, bytes]]) -> None:
    data = b"".join(b"%o %s\0%s" % entry for entry in entries)
    assert objects.tree(data) == [(mode, name, oid.hex()) for mode, name, oid in entries]


def test_modes_of_old_tools_are_files() -> None:
    assert [objects.kind(mode) for mode in (0o100664, 0o100755, 0o120000, 0o160000, 0o40000)] == [
        "file", "executable", "symlink", "submodule", "folder",
    ]  # fmt: skip
