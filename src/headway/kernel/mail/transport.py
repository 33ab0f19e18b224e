"""Handing messages to a mail server (SMTP, RFC 5321; STARTTLS, RFC 3207)."""

from __future__ import annotations

import smtplib
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from headway.kernel.errors import InputError, Problem
from headway.kernel.mail.errors import MailError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

_SECONDS = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


class MailServer(NamedTuple):
    """Where mail is handed over."""

    host: str
    port: int
    encrypted: bool
    user: str
    password: str

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, so that nothing goes over a network."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def mail_server(address: str) -> MailServer | None:
    """Return the server of ``smtp://user:password@host:port``; ``None`` for an empty text. Raises ``InputError``."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        parts, port = urlsplit(""), 0
    if not parts.hostname:
        hint = "Write smtp://user:password@host:port or smtps://…"
        raise InputError([Problem("mail.server", 0, 0, "this is not the address of a mail server", hint)])
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, parts.scheme == "smtps", user, password)


class Transport:
    """One connection to a mail server, for several messages. Use as a context manager."""

    def __init__(self, server: MailServer, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trust = trust or ssl.create_default_context()
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            try:
                self._client.quit()
            except (smtplib.SMTPException, OSError):
                self._client.close()

    def send(self, message: EmailMessage) -> None:
        """Hand a message over. Raises ``MailError``."""
        try:
            if self._client is None:
                self._client = self._connected()
            self._client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise MailError(f"the mail server refused the recipient: {_said(code, text)}", final=code >= 500) from None
        except smtplib.SMTPDataError as error:
            said = _said(error.smtp_code, error.smtp_error)
            raise MailError(f"the mail server refused the message: {said}", final=error.smtp_code >= 500) from None
        except smtplib.SMTPNotSupportedError as error:
            raise MailError(f"the mail server lacks what this message takes: {error}", final=True) from None
        except smtplib.SMTPResponseException as error:
            self._client = None
            raise MailError(f"the mail server answered: {_said(error.smtp_code, error.smtp_error)}") from None
        except (smtplib.SMTPException, OSError) as error:
            self._client = None
            raise MailError(f"the mail server cannot be used: {error}") from None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.encrypted:
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=self._trust)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
        try:
            for step in self._steps(client):
                if step:
                    raise MailError(step)
        except BaseException:
            client.close()
            raise
        return client

    def _steps(self, client: smtplib.SMTP) -> Iterator[str]:
        """Prepare the connection; yield why it must not be used."""
        client.ehlo()
        if not self._server.encrypted and not self._server.is_here:
            if client.has_extn("starttls"):
                client.starttls(context=self._trust)
                client.ehlo()
            elif self._server.user:
                yield "the mail server offers no encryption, and so it is not told the password; use smtps://"
        if self._server.user:
            client.login(self._server.user, self._server.password)


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:300]
