"""What the large files' tables do, on both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from headway.kernel.blobs import Blob, uses
from headway.kernel.errors import InputError, NotFoundError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import SYSTEM, Actor
from headway.kernel.platform import Platform, make_platform
from headway.kernel.projects import store as projects
from headway.kernel.projects.records import Access
from headway.kernel.settings import Settings
from headway.repository.lfs.locks import LockedError, Locking
from headway.repository.lfs.objects import USE, LargeFiles, LargeObject, forget_project
from headway.repository.transport.hook import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.kernel.database import Database
    from headway.kernel.identity.roles import Role

ANNA, BERT = Actor("person:anna", handle="anna"), Actor("person:bert", handle="bert")


class House(NamedTuple):
    platform: Platform
    files: LargeFiles
    locking: Locking
    ids: tuple[int, int]

    def caller(self, actor: Actor = ANNA, role: Role = "developer") -> Caller:
        found = self.platform.database.read(lambda connection: projects.by_id(connection, self.ids[0]))
        assert found is not None
        return Caller(Access(found, role), actor, "http")

    def put(self, content: bytes, project: int = 0) -> LargeObject:
        with self.files.begin() as upload:
            upload.write(content)
            oid = upload.finish().digest
            return self.files.keep(self.ids[project], oid, upload)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    address = database.engine.url.render_as_string(hide_password=False)
    platform = make_platform(Settings(data=tmp_path / "data", database=address))
    owner = platform.identity.create_person(SYSTEM, "anna", "Anna Berg")

    def add(name: str) -> int:
        return platform.database.write(
            lambda connection: projects.add_project(
                connection, owner, "anna", name, platform.clock(), visibility="private"
            )
        )

    yield House(platform, LargeFiles(platform), Locking(platform), (add("shop"), add("other")))
    platform.database.close()


def test_a_project_has_what_was_uploaded_to_it_once(house: House) -> None:
    found = house.put(b"large")
    assert house.put(b"large") == found
    assert house.files.object(house.ids[0], found.oid) == found
    with pytest.raises(NotFoundError):
        house.files.object(house.ids[1], found.oid)
    assert house.put(b"large", project=1) == found
    assert b"".join(house.files.read(found, 1, 4)) == b"arg"
    for wrong in ("", "x" * 64, "../" * 20, "\0" * 64):
        with pytest.raises(NotFoundError):
            house.files.object(house.ids[0], wrong)


def test_uploads_of_the_same_at_the_same_time_are_fine(house: House) -> None:
    failures: list[BaseException] = []

    def put() -> None:
        try:
            house.put(b"large" * 1000)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_an_erased_project_gives_up_its_files_and_locks(house: House) -> None:
    shared, own = house.put(b"shared"), house.put(b"own")
    house.put(b"shared", project=1)
    house.locking.lock(house.caller(), "a.bin")
    now = house.platform.clock()
    house.platform.database.write(lambda connection: forget_project(connection, house.ids[0], now))
    assert house.files.known(house.ids[0], [shared.oid, own.oid]) == {}
    assert house.locking.list(house.ids[0]).items == ()
    used = {
        each.oid: house.platform.database.read(lambda connection, each=each: uses.uses(connection, each.oid))  # type: ignore[misc]
        for each in (shared, own)
    }
    assert used == {shared.oid: [(USE, house.ids[1])], own.oid: []}


def test_what_is_about_to_be_deleted_is_not_given_to_a_project(house: House) -> None:
    blob = house.platform.blobs.put([b"large"])
    later = house.platform.clock()
    house.platform.database.write(lambda connection: uses.doom_unused(connection, [blob.digest], later))
    with pytest.raises(NotFoundError):
        house.platform.database.write(lambda connection: uses.use(connection, blob.digest, USE, house.ids[0]))
    assert house.files.known(house.ids[0], [blob.digest]) == {}
    assert blob == Blob(blob.digest, 5)


def test_of_two_who_lock_one_path_one_wins(house: House) -> None:
    won, lost = [], []

    def lock(actor: Actor) -> None:
        try:
            won.append(house.locking.lock(house.caller(actor), "a.bin"))
        except LockedError as error:
            lost.append(error.lock)

    threads = [threading.Thread(target=lock, args=(actor,)) for actor in (ANNA, BERT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == lost


def test_only_a_maintainer_breaks_the_lock_of_another(house: House) -> None:
    lock = house.locking.lock(house.caller(ANNA), "a" * 4000)
    for role, force in (("maintainer", False), ("developer", True)):
        with pytest.raises(DeniedError):
            house.locking.unlock(house.caller(BERT, role), str(lock.id), force=force)  # type: ignore[arg-type]
    assert house.locking.unlock(house.caller(BERT, "maintainer"), str(lock.id), force=True) == lock
    with pytest.raises(NotFoundError):
        house.locking.unlock(house.caller(ANNA), str(lock.id), force=False)


def test_locks_are_found_by_path_and_in_pages(house: House) -> None:
    paths = [f"folder/{number}.bin" for number in range(5)]
    for path in paths:
        house.locking.lock(house.caller(), path)
    first = house.locking.list(house.ids[0], limit=3)
    rest = house.locking.list(house.ids[0], cursor=first.following)
    assert [lock.path for lock in (*first.items, *rest.items)] == paths
    assert [lock.path for lock in house.locking.list(house.ids[0], path=paths[2]).items] == [paths[2]]
    assert house.locking.list(house.ids[0], path="a\0b").items == ()
    assert house.locking.list(house.ids[1]).items == ()
    with pytest.raises(InputError):
        house.locking.list(house.ids[0], cursor="first")
