"""Whose the keys are that signatures name, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import event, update

from headway.kernel.identity.signing_keys import signing_keys
from headway.kernel.identity.ssh_keys import deploy_keys, own_keys
from headway.kernel.identity.tables import account
from tests.signing import gpg_home, gpg_signer, ssh_signer

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.identity.signing_keys import SigningKey
    from tests.kernel.house import House


def named(house: House, fingerprints: list[str], key_ids: list[str]) -> list[SigningKey]:
    return house.platform.database.read(lambda connection: signing_keys(connection, fingerprints, key_ids))


def test_keys_of_people_are_found_by_what_signatures_name_them_by(house: House, tmp_path: Path) -> None:
    anna, ben = house.person("anna", email="Anna@Example.com"), house.person("ben")
    house.clock.now = datetime.now(UTC)
    ssh = house.platform.ssh_keys.add(anna, own_keys(anna), ssh_signer(tmp_path).public)
    with gpg_home() as home:
        signer = gpg_signer(home)
        signer.gpg("--quick-add-key", signer.fingerprint, "ed25519", "sign", "1y")
        gpg = house.platform.gpg_keys.add(ben, signer.public)
        listed = signer.gpg("--with-colons", "--list-keys", signer.fingerprint).decode().splitlines()
    primary, subkey = (line.split(":")[4] for line in listed if line.startswith(("pub", "sub")))
    found = named(house, [ssh.fingerprint, "SHA256:nobody"], [subkey, primary, "0" * 16])
    assert {(key.kind, key.named, key.fingerprint, key.handle, key.email_key) for key in found} == {
        ("ssh", ssh.fingerprint, ssh.fingerprint, "anna", "anna@example.com"),
        ("openpgp", primary, gpg.fingerprint, "ben", None),
        ("openpgp", subkey, gpg.fingerprint, "ben", None),
    }
    house.platform.ssh_keys.remove(anna, own_keys(anna), ssh.id)
    house.platform.gpg_keys.remove(ben, gpg.id)
    assert named(house, [ssh.fingerprint], [primary, subkey]) == []


def test_keys_of_projects_programs_and_suspended_people_sign_for_nobody(house: House, tmp_path: Path) -> None:
    anna, keys = house.person("anna", admin=True), house.platform.ssh_keys
    project = house.project("anna", "shop")
    deploy = keys.add(anna, deploy_keys(project), ssh_signer(tmp_path, "deploy").public)
    own = keys.add(anna, own_keys(anna), ssh_signer(tmp_path, "own").public)
    house.platform.service_accounts.create(anna, "robot")
    robot = house.actor("robot")
    program = keys.add(robot, own_keys(robot), ssh_signer(tmp_path, "robot").public)
    wanted = [deploy.fingerprint, own.fingerprint, program.fingerprint]
    assert [key.fingerprint for key in named(house, wanted, [])] == [own.fingerprint]
    away = update(account).where(account.c.handle == "anna").values(suspended=house.clock())
    house.platform.database.write(lambda connection: connection.execute(away))
    assert named(house, wanted, []) == []


def test_the_number_of_queries_grows_with_five_hundred_keys_only(house: House) -> None:
    asked: list[str] = []

    def work(count: int) -> int:
        asked.clear()
        names = [f"SHA256:{number}" for number in range(count)]

        def ask(connection: object) -> None:
            event.listen(connection, "before_cursor_execute", lambda *words: asked.append(words[2]))
            signing_keys(connection, names, names)  # type: ignore[arg-type]

        house.platform.database.read(ask)
        return sum(each.startswith("SELECT") for each in asked)

    assert [work(count) for count in (0, 1, 500, 1_200)] == [0, 2, 2, 6]
