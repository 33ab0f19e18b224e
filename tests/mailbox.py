"""A mail server for tests: real SMTP, and what it was given."""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class Mailbox:
    """Takes every message, or answers what it is told to answer."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answer = "250 OK"
        self.address = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd calls it
        if self.answer.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content, policy=default))
        return self.answer

    def wait(self, number: int = 1, seconds: float = 15) -> EmailMessage:
        """Return the message of this number, counted from 1, as soon as it is there."""
        end = time.monotonic() + seconds
        while len(self.messages) < number:
            assert time.monotonic() < end, f"{len(self.messages)} messages came"
            time.sleep(0.02)
        return self.messages[number - 1]


def text_of(message: EmailMessage) -> str:
    return cast("str", message.get_content())


def link_in(message: EmailMessage) -> str:
    """Return the path of the first link in a message."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text_of(message))
    assert found is not None
    return found[1]


@contextmanager
def mail_server(**options: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    mailbox.address = f"smtp://127.0.0.1:{port}"
    try:
        yield mailbox
    finally:
        controller.stop()
