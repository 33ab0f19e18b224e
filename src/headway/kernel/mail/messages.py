"""What an e-mail says. Pure, but for reading the templates.

A template is a text whose first line is the subject; ``$name`` stands for a value.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_SUBJECT = 300


class Message(NamedTuple):
    """An e-mail to one person."""

    recipient: str
    subject: str
    body: str


def message(template: str, recipient: str, **values: object) -> Message:
    """Return an e-mail from a template. Values take one line each, whatever is in them."""
    first, _, body = _template(template).partition("\n")
    lines = {name: one_line(str(value)) for name, value in values.items()}
    subject = Template(first.removeprefix("Subject: ")).substitute(lines)
    return Message(recipient, subject[:_LONGEST_SUBJECT], Template(body.strip()).substitute(lines) + "\n")


def one_line(text: str) -> str:
    """Return a text on one line, without what cannot be seen: it cannot begin another header or forge a line."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def composed(wanted: Message, sender: str, identity: str, written: datetime) -> EmailMessage:
    """Return the message as it is sent. ``identity`` stays the same when it is sent again."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2] or "localhost"
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=name or "Headway", addr_spec=address)
    made["To"] = Address(addr_spec=wanted.recipient)
    made["Subject"] = one_line(wanted.subject)
    made["Date"] = format_datetime(written)
    made["Message-ID"] = f"<{identity}@{domain}>"
    # RFC 3834: nobody's absence note shall answer.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(wanted.body)
    return made


@cache
def _template(name: str) -> str:
    return (_TEMPLATES / f"{name}.txt").read_text("utf-8")
