from __future__ import annotations

import ssl
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select

from headway.kernel.errors import InputError
from headway.kernel.mail.messages import Message, composed, message
from headway.kernel.mail.outbox import Outbox, pause
from headway.kernel.mail.tables import outgoing_mail
from headway.kernel.mail.transport import MailServer, Transport, mail_server
from headway.kernel.settings import Mail
from tests.mailbox import Mailbox, link_in, text_of
from tests.mailbox import mail_server as running_server

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.database import Database
    from tests.databases import Times

HELLO = Message("ben@example.com", "Grüße", "Ein Wörtchen.\n")


def outbox(database: Database, clock: Times, address: str) -> Outbox:
    return Outbox(database, Mail(server=address, sender="Headway <headway@dev.example.com>"), clock)


def rows(database: Database) -> list[Any]:
    return database.read(
        lambda connection: list(connection.execute(select(outgoing_mail).order_by(outgoing_mail.c.id)))
    )


def test_what_was_put_is_sent_once_and_forgotten(database: Database, clock: Times, mailbox: Mailbox) -> None:
    sending = outbox(database, clock, mailbox.address)
    assert database.write(lambda connection: sending.put(connection, HELLO))
    assert (sending.send_due(), sending.send_due()) == (1, 0)
    (got,) = mailbox.messages
    assert (got["To"], got["From"], got["Subject"]) == ("ben@example.com", "Headway <headway@dev.example.com>", "Grüße")
    assert (text_of(got).strip(), got["Auto-Submitted"]) == ("Ein Wörtchen.", "auto-generated")
    assert rows(database) == []


def test_what_a_failed_transaction_wanted_to_say_is_not_sent(
    database: Database, clock: Times, mailbox: Mailbox
) -> None:
    sending = outbox(database, clock, mailbox.address)

    def work(connection: Any) -> None:
        sending.put(connection, HELLO)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        database.write(work)
    assert sending.send_due() == 0


def test_nothing_is_kept_when_no_server_is_set(database: Database, clock: Times) -> None:
    sending = outbox(database, clock, "")
    assert not database.write(lambda connection: sending.put(connection, HELLO))
    assert (sending.is_set_up, sending.send_due(), rows(database)) == (False, 0, [])


def test_a_message_waits_for_a_server_that_is_away(database: Database, clock: Times, mailbox: Mailbox) -> None:
    away = outbox(database, clock, "smtp://127.0.0.1:1")
    for number in range(3):
        database.write(partial(away.put, message=HELLO._replace(recipient=f"{number}@example.com")))
    assert away.send_due() == 0
    assert [row.attempts for row in rows(database)] == [1, 0, 0]
    back = outbox(database, clock, mailbox.address)
    assert back.send_due() == 2
    clock.pass_by(seconds=31)
    assert back.send_due() == 1
    assert sorted(got["To"] for got in mailbox.messages) == [f"{number}@example.com" for number in range(3)]


def test_a_message_is_given_up_after_a_day_and_its_links_are_erased(database: Database, clock: Times) -> None:
    away = outbox(database, clock, "smtp://127.0.0.1:1")
    database.write(lambda connection: away.put(connection, HELLO))
    clock.pass_by(hours=23)
    away.send_due()
    assert rows(database)[0].body
    clock.pass_by(hours=2)
    away.send_due()
    (given_up,) = rows(database)
    assert (given_up.due, given_up.body, "Connection refused" in given_up.problem) == (None, "", True)
    assert away.send_due() == 0


@pytest.mark.parametrize(("answer", "kept"), [("550 no such user", False), ("451 try later", True)])
def test_a_refusal_for_good_is_not_tried_again(
    database: Database, clock: Times, mailbox: Mailbox, answer: str, kept: bool
) -> None:
    mailbox.answer = answer
    sending = outbox(database, clock, mailbox.address)
    database.write(lambda connection: sending.put(connection, HELLO))
    sending.send_due()
    mailbox.answer = "250 OK"
    clock.pass_by(hours=2)
    assert sending.send_due() == int(kept)
    assert answer in (rows(database) or [HELLO])[0].problem if not kept else rows(database) == []


def test_one_refused_message_does_not_hold_up_the_others(database: Database, clock: Times, mailbox: Mailbox) -> None:
    sending = outbox(database, clock, mailbox.address)
    for to in ("not an address", "ben@example.com"):
        database.write(partial(sending.put, message=HELLO._replace(recipient=to)))
    assert sending.send_due() == 1


def test_waiting_grows_to_an_hour() -> None:
    assert [pause(attempts).total_seconds() for attempts in (1, 2, 3, 8, 50)] == [30, 60, 120, 3600, 3600]


@pytest.mark.parametrize(
    "odd", ["x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\0y", "x\u2028Bcc: z", "x\x1b[31m"]
)
def test_a_name_cannot_begin_another_header(odd: str, clock: Times) -> None:
    values = {"inviter": odd, "place": odd, "as_role": "", "until": "then", "link": "https://example.com/x"}
    made = composed(message("invitation", "ben@example.com", **values), "headway@localhost", "1", clock())
    head, _, body = made.as_bytes().partition(b"\r\n\r\n")
    assert b"\nBcc" not in head
    assert b"\nBcc" not in body
    assert made["Bcc"] is None
    assert link_in(made) == "/x"


def test_a_value_is_not_read_as_a_template_again() -> None:
    values = {"inviter": "$link ${link}", "place": "acme", "as_role": "", "until": "then", "link": "L"}
    assert message("invitation", "x@example.com", **values).subject == "$link ${link} invites you to acme on Headway"


@pytest.mark.parametrize("odd", ["mail.example.com", "http://x", "smtp://", "smtp://x:99999999", "smtps:///x"])
def test_an_address_that_is_no_mail_server_is_refused_with_the_reason(odd: str) -> None:
    with pytest.raises(InputError, match="smtps://"):
        mail_server(odd)


def test_names_and_passwords_of_addresses_are_decoded() -> None:
    assert mail_server("smtps://a%40b:p%2Fw@mail.example.com") == MailServer(
        "mail.example.com", 465, True, "a@b", "p/w"
    )


def test_a_password_is_told_to_an_encrypted_server_only(tmp_path: Path, clock: Times) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext"
    subprocess.run(
        ["openssl", *words.split(), "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )
    inside = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    inside.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=str(certificate))
    told: list[tuple[bytes, bytes]] = []

    def take(_server: Any, _session: Any, _envelope: Any, _kind: str, given: Any) -> AuthResult:
        told.append((given.login, given.password))
        return AuthResult(success=True)

    made = composed(HELLO, "headway@localhost", "1", clock())
    with running_server(tls_context=inside, authenticator=take) as mailbox:
        port = int(mailbox.address.rpartition(":")[2])
        elsewhere = Elsewhere("127.0.0.1", port, False, "anna", "secret")
        with Transport(elsewhere, trust) as transport:
            transport.send(made)
        with Transport(elsewhere) as untrusting, pytest.raises(Exception, match="certificate"):
            untrusting.send(made)
    assert (len(mailbox.messages), told) == (1, [(b"anna", b"secret")])
    with running_server(authenticator=take, auth_require_tls=False) as mailbox:
        port = int(mailbox.address.rpartition(":")[2])
        with Transport(elsewhere._replace(port=port)) as transport, pytest.raises(Exception, match="no encryption"):
            transport.send(made)
    assert len(told) == 1


class Elsewhere(MailServer):
    """A server that is treated as if it were on another machine."""

    @property
    def is_here(self) -> bool:
        return False
