from __future__ import annotations

import base64
import copy
import os
import pickle
import stat
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import select, text, update

from headway.kernel.errors import InputError, LimitError, NotFoundError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import ANONYMOUS, SYSTEM, Actor
from headway.kernel.platform import Platform, make_platform
from headway.kernel.projects import store as projects
from headway.kernel.secrets.cipher import decrypted, encrypted, key_of, new_key
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.kernel.secrets.rotating import rotate
from headway.kernel.secrets.service import Secrets, Where, where
from headway.kernel.secrets.tables import secret
from headway.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.kernel.database import Database
    from headway.kernel.projects.records import Project


class House(NamedTuple):
    platform: Platform
    settings: Settings
    shop: Project
    other: Project

    @property
    def secrets(self) -> Secrets:
        return self.platform.secrets

    def at(self, environment: str = "") -> Where:
        return where(self.shop, environment)

    def again(self, **more: Any) -> House:
        """Return the house after a new start, perhaps with other settings."""
        settings = self.settings.model_copy(update=more)
        secrets = Secrets(self.platform.secrets.parts, settings)
        secrets.prepare()
        return self._replace(platform=self.platform._replace(secrets=secrets), settings=settings)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    data = tmp_path / "data"
    data.mkdir()
    settings = Settings(data=data, database=database.engine.url.render_as_string(hide_password=False))
    platform = make_platform(settings)
    owner = platform.identity.create_person(SYSTEM, "anna", "Anna Berg")

    def add(name: str) -> Project:
        project_id = platform.database.write(
            lambda connection: projects.add_project(
                connection, owner, "anna", name, platform.clock(), visibility="private"
            )
        )
        found = platform.database.read(lambda connection: projects.by_id(connection, project_id))
        assert found is not None
        return found

    platform.secrets.prepare()
    yield House(platform, settings, add("shop"), add("other"))
    platform.database.close()


def values(house: House, environment: str = "", project: Project | None = None) -> dict[str, str]:
    return dict(house.secrets.resolve(SYSTEM, (project or house.shop).id, environment))


def test_the_nearest_place_wins(house: House) -> None:
    for at, value in ((where(None), "installation"), (house.at(), "project"), (house.at("Production"), "environment")):
        house.secrets.set(SYSTEM, at, "both", value)
        house.secrets.set_variable(SYSTEM, at, "both", value)
    house.secrets.set(SYSTEM, where(None), "EVERYWHERE", "e")
    assert values(house) == {"BOTH": "project", "EVERYWHERE": "e"}
    assert values(house, "production") == {"BOTH": "environment", "EVERYWHERE": "e"}
    assert values(house, "staging") == values(house)
    assert values(house, project=house.other) == {"BOTH": "installation", "EVERYWHERE": "e"}
    assert house.secrets.resolve_variables(house.shop.id, "PRODUCTION") == {"BOTH": "environment"}
    assert house.secrets.resolve_variables(house.other.id) == {"BOTH": "installation"}


def test_a_secret_is_set_anew_and_deleted(house: House) -> None:
    assert house.secrets.set(SYSTEM, house.at(), "token", "one") == "TOKEN"
    house.secrets.set(SYSTEM, house.at(), "TOKEN", "two")
    assert values(house) == {"TOKEN": "two"}
    assert [each.name for each in house.secrets.listed(house.at().place)] == ["TOKEN"]
    house.secrets.delete("secret", SYSTEM, house.at(), "token")
    assert values(house) == {}
    with pytest.raises(NotFoundError, match="no 'TOKEN' here"):
        house.secrets.delete("secret", SYSTEM, house.at(), "token")


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "GITHUB_TOKEN", "github_x", "A" * 256, "Ä", "A\n", "A.B"])
def test_names_are_as_github_has_them(house: House, name: str) -> None:
    if name == "A\n":
        assert house.secrets.set(SYSTEM, house.at(), name, "x") == "A"
        return
    with pytest.raises(InputError):
        house.secrets.set(SYSTEM, house.at(), name, "x")


@pytest.mark.parametrize("value", ["", "a\0b", "x" * (48 * 1024 + 1), "ä" * (24 * 1024 + 1), "\udcff"])
def test_a_value_that_cannot_be_is_told_without_being_repeated(house: House, value: str) -> None:
    with pytest.raises(InputError) as caught:
        house.secrets.set(SYSTEM, house.at(), "A", value)
    assert len(str(caught.value)) < 200


def test_the_longest_values_and_any_text_survive(house: House) -> None:
    for value in ("x" * 48 * 1024, "ä\n\r\n\t🐛 ''\"", " leading and trailing "):
        house.secrets.set(SYSTEM, house.at(), "A", value)
        assert values(house)["A"] == value


def test_an_environment_takes_a_project(house: House) -> None:
    with pytest.raises(InputError, match="environments belong to projects"):
        where(None, "production")
    with pytest.raises(InputError, match="no name of an environment"):
        house.at("a\nb")


def test_there_are_only_so_many_in_a_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.kernel.secrets.store.MOST_PER_PLACE", 2)
    for name in ("A", "B", "A"):
        house.secrets.set(SYSTEM, house.at(), name, "x")
    with pytest.raises(LimitError):
        house.secrets.set(SYSTEM, house.at(), "C", "x")
    house.secrets.set(SYSTEM, house.at("production"), "C", "x")


def test_using_secrets_is_asked_of_the_gate(house: House) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "x")
    reader = Actor(
        "token:deploy:1", project_id=house.shop.id, confined_role="reporter", scopes=frozenset({"read:code"})
    )
    writer = reader._replace(confined_role="developer", scopes=frozenset({"write:code"}))
    for actor in (ANONYMOUS, reader):
        with pytest.raises(DeniedError):
            house.secrets.resolve(actor, house.shop.id)
    assert house.secrets.resolve(writer, house.shop.id)["A"] == "x"
    with pytest.raises(DeniedError):
        house.secrets.resolve(writer, house.other.id)
    with pytest.raises(NotFoundError):
        house.secrets.resolve(SYSTEM, 999)


def test_values_do_not_show_themselves(house: House) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "hunter2")
    found = house.secrets.resolve(SYSTEM, house.shop.id)
    assert "hunter2" not in f"{found} {found!r} {[found]} {found.keys()!r} {found.values()!r} {found.items()!r}"
    for writing in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            writing(found)


def test_the_ledger_hears_of_a_change_and_not_of_the_value(house: House) -> None:
    house.secrets.set(SYSTEM, house.at("production"), "A", "hunter2")
    house.secrets.delete("secret", SYSTEM, house.at("production"), "A")
    query = text("SELECT subject, data FROM event WHERE type LIKE '%secret.changed' ORDER BY id")
    rows = house.platform.database.read(lambda connection: connection.execute(query).all())
    assert [row.subject for row in rows] == ["secret:anna/shop@production/A"] * 2
    assert ['"set"' in row.data for row in rows] == [True, False]
    assert "hunter2" not in str(rows)


def test_a_ciphertext_that_was_moved_in_the_database_is_not_read(house: House) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "for the shop")
    house.secrets.set(SYSTEM, where(house.other), "A", "for the other")
    house.secrets.set(SYSTEM, house.at(), "B", "another name")

    def move(source: tuple[str, str], target: tuple[str, str]) -> None:
        def work(connection: Any) -> None:
            data = connection.execute(
                select(secret.c.data).where(secret.c.place == source[0], secret.c.name == source[1])
            ).scalar_one()
            there = (secret.c.place == target[0]) & (secret.c.name == target[1])
            connection.execute(update(secret).where(there).values(data=data))

        house.platform.database.write(work)

    shop, other = (f"project:{each.id}" for each in (house.shop, house.other))
    for source in ((other, "A"), (shop, "B")):
        move(source, (shop, "A"))
        with pytest.raises(SecretsUnreadableError, match="changed or moved"):
            values(house)


@pytest.mark.parametrize("change", ["flip", "short", "empty"])
def test_a_ciphertext_that_was_changed_is_not_read(change: str) -> None:
    key = new_key()
    data = encrypted(key, "project:1", "A", "value")
    assert decrypted(key, "project:1", "A", data) == "value"
    assert encrypted(key, "project:1", "A", "value") != data
    changed = {"flip": data[:-1] + bytes([data[-1] ^ 1]), "short": data[:8], "empty": b""}[change]
    with pytest.raises(SecretsUnreadableError):
        decrypted(key, "project:1", "A", changed)


def test_the_key_is_made_once_and_for_the_server_only(house: House) -> None:
    path = house.settings.data / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    house.again()
    assert path.read_text() == before
    assert len(base64.b64decode(before)) == 32
    assert sorted(entry.name for entry in house.settings.data.iterdir() if "key" in entry.name) == ["key"]


def test_servers_that_start_together_make_one_key(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "together"
    folder.mkdir()
    rings: list[Any] = []
    keys = [Secrets(house.secrets.parts, Settings(data=folder)).keys for _ in range(8)]
    threads = [threading.Thread(target=lambda each=each: rings.append(each.make())) for each in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 8
    assert len({ring.keys for ring in rings}) == 1
    assert [entry.name for entry in folder.iterdir()] == ["key"]


def test_neither_database_nor_log_holds_the_key_or_a_value(
    house: House, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "hunter2-hunter2")
    rotate(house.secrets, SYSTEM)
    key = (house.settings.data / "key").read_text().strip()

    def everything(connection: Any) -> str:
        tables = ("secret", "secret_key", "event")
        return "".join(str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in tables)

    told = house.platform.database.read(everything) + "".join(capfd.readouterr())
    assert key not in told
    assert str(base64.b64decode(key))[2:-1] not in told
    assert "hunter2-hunter2" not in told


def missing(house: House) -> House:
    (house.settings.data / "key").unlink()
    return house.again()


def wrong(house: House) -> House:
    (house.settings.data / "key").write_text(new_key().text)
    return house.again()


def broken(house: House) -> House:
    (house.settings.data / "key").write_text("this is no key")
    return house.again()


@pytest.mark.parametrize("happened", [missing, wrong, broken])
def test_without_its_key_everything_says_so_and_nothing_breaks(
    house: House, happened: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "x")
    house.secrets.set_variable(SYSTEM, house.at(), "V", "v")
    after = happened(house)
    problem = after.secrets.state().problem
    assert "key" in problem
    assert after.secrets.state().unreadable == 1
    for attempt in (lambda: values(after), lambda: after.secrets.set(SYSTEM, after.at(), "B", "x")):
        with pytest.raises(SecretsUnreadableError):
            attempt()
    with pytest.raises(SecretsUnreadableError):
        rotate(after.secrets, SYSTEM)
    assert [each.readable for each in after.secrets.listed(after.at().place)] == [False]
    assert after.secrets.resolve_variables(after.shop.id) == {"V": "v"}
    after.secrets.delete("secret", SYSTEM, after.at(), "A")
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("happened", [missing, wrong, broken])
def test_a_lost_key_is_replaced_and_the_secrets_set_again(house: House, happened: Any) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "x")
    after = happened(house)
    assert rotate(after.secrets, SYSTEM, lost_key=True) == (0, 1)
    after.secrets.set(SYSTEM, after.at(), "A", "again")
    assert values(after) == {"A": "again"}
    assert after.secrets.state() == ("", 0)


def test_a_key_that_comes_back_makes_everything_readable(house: House) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "x")
    kept = (house.settings.data / "key").read_text()
    after = missing(house)
    (house.settings.data / "key").write_text(kept)
    assert values(after) == {"A": "x"}
    assert after.secrets.state().problem == ""


def test_rotation_encrypts_everything_anew_and_forgets_the_old_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.kernel.secrets.rotating.STEP", 3)
    for number in range(10):
        house.secrets.set(SYSTEM, house.at(), f"S{number}", str(number))
    before = (house.settings.data / "key").read_text()
    assert rotate(house.secrets, SYSTEM) == (10, 0)
    after = (house.settings.data / "key").read_text()
    assert after.split() != before.split()
    assert len(after.split()) == 1
    assert stat.S_IMODE((house.settings.data / "key").stat().st_mode) == 0o600
    assert values(house) == {f"S{number}": str(number) for number in range(10)}
    house.secrets.set(SYSTEM, house.at(), "S1", "new")
    assert values(house.again())["S1"] == "new"


@pytest.mark.parametrize("killed_at", ["replace", "current", "step", "last"])
def test_a_rotation_that_was_killed_goes_on(house: House, monkeypatch: pytest.MonkeyPatch, killed_at: str) -> None:
    monkeypatch.setattr("headway.kernel.secrets.rotating.STEP", 2)
    for number in range(5):
        house.secrets.set(SYSTEM, house.at(), f"S{number}", str(number))
    everything = values(house)
    before = (house.settings.data / "key").read_text()
    with monkeypatch.context() as patching:
        fail_at(patching, house, killed_at)
        with pytest.raises(KeyboardInterrupt):
            rotate(house.secrets, SYSTEM)
    after = house.again()
    assert values(after) == everything
    after.secrets.set(SYSTEM, after.at(), "MEANWHILE", "m")
    made = len((house.settings.data / "key").read_text().split())
    rotate(after.secrets, SYSTEM)
    assert values(after) == everything | {"MEANWHILE": "m"}
    (left,) = (house.settings.data / "key").read_text().split()
    assert left not in before
    assert made <= 2


def fail_at(patching: pytest.MonkeyPatch, house: House, where_: str) -> None:
    import headway.kernel.secrets.rotating as module

    real, calls = module._encrypt_anew, []

    def step(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(*arguments, **named)

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    if where_ == "replace":
        patching.setattr(house.secrets.keys, "replace", stop)
    elif where_ == "current":
        patching.setattr(module, "_make_current", stop)
    elif where_ == "step":
        # Between two steps, as if killed: what runs in the writer's thread must end its transaction.
        write, done = house.platform.database.write, []

        def writing(work: Any) -> Any:
            done.append(work)
            if len(done) > 2:
                raise KeyboardInterrupt
            return write(work)

        patching.setattr(house.platform.database, "write", writing)
    else:
        replace, seen = house.secrets.keys.replace, []

        def last(ring: Any) -> None:
            seen.append(ring)
            if len(seen) > 1:
                raise KeyboardInterrupt
            replace(ring)

        patching.setattr(house.secrets.keys, "replace", last)


def test_secrets_are_set_and_used_while_the_key_changes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.kernel.secrets.rotating.STEP", 2)
    for number in range(20):
        house.secrets.set(SYSTEM, house.at(), f"S{number}", "0")
    ending, failures = threading.Event(), []

    def use() -> None:
        round_ = 0
        while not ending.is_set():
            round_ += 1
            try:
                house.secrets.set(SYSTEM, house.at(), f"S{round_ % 20}", str(round_))
                assert values(house)[f"S{round_ % 20}"] == str(round_)
            except BaseException as error:
                failures.append(error)
                return

    thread = threading.Thread(target=use)
    thread.start()
    for _ in range(5):
        rotate(house.secrets, SYSTEM)
    ending.set()
    thread.join()
    assert failures == []
    assert len(values(house)) == 20
    assert house.secrets.state() == ("", 0)


def test_one_spoiled_secret_does_not_keep_the_others_from_a_new_key(house: House) -> None:
    for name in ("A", "B", "C"):
        house.secrets.set(SYSTEM, house.at(), name, name)
    spoiled = update(secret).where(secret.c.name == "B").values(data=os.urandom(40))
    house.platform.database.write(lambda connection: connection.execute(spoiled))
    assert rotate(house.secrets, SYSTEM) == (2, 1)
    house.secrets.set(SYSTEM, house.at(), "B", "b")
    assert values(house) == {"A": "A", "B": "b", "C": "C"}


def test_a_key_in_the_settings_is_used_and_changed_there(house: House) -> None:
    house.secrets.set(SYSTEM, house.at(), "A", "x")
    old = (house.settings.data / "key").read_text().strip()
    (house.settings.data / "key").unlink()
    new = base64.b64encode(os.urandom(32)).decode()
    from pydantic import SecretStr

    both = house.again(key=SecretStr(f"{new},{old}"))
    assert values(both) == {"A": "x"}
    assert rotate(both.secrets, SYSTEM) == (1, 0)
    alone = house.again(key=SecretStr(new))
    assert values(alone) == {"A": "x"}
    assert alone.secrets.state().problem == ""
    assert "'key'" in house.again(key=SecretStr("nonsense")).secrets.state().problem
    assert not (house.settings.data / "key").exists()


def test_a_key_shows_its_name_only() -> None:
    key = key_of(b"k" * 32)
    assert "kkk" not in repr(key)
    assert key.text not in repr(key)


def test_servers_that_start_on_a_new_database_at_the_same_time_make_one_key_together(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, database=database.engine.url.render_as_string(hide_password=False))
    platforms = [make_platform(settings) for _ in range(4)]
    together, failures = threading.Barrier(len(platforms)), []

    def prepare(platform: Platform) -> None:
        together.wait()
        try:
            platform.secrets.prepare()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=prepare, args=(platform,)) for platform in platforms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [platform.secrets.state().problem for platform in platforms] == [""] * len(platforms)
    for platform in platforms:
        platform.database.close()
