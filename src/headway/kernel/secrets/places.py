"""Where a secret or variable belongs, and what names and values may look like. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from headway.kernel.errors import InputError, Problem

MOST_BYTES = 48 * 1024
"""The longest value, as GitHub has it."""
MOST_PER_PLACE = 500

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,254}")
_ENVIRONMENT = re.compile(r"[^\x00-\x1f\x7f'\"`,;\\]{1,255}")


class Place(NamedTuple):
    """The installation, a project, or an environment of a project. The nearer one wins when a run asks.

    ``purpose``: a part of Headway's own that keeps a secret, which no run sees (``internal.py``).
    """

    project_id: int | None = None
    environment: str = ""
    purpose: str = ""

    @property
    def key(self) -> str:
        """The place as one text, for the database and for what binds a ciphertext to it."""
        if self.purpose:
            return f"internal:{self.purpose}"
        if self.project_id is None:
            return "installation"
        return f"project:{self.project_id}:{self.environment}" if self.environment else f"project:{self.project_id}"


def checked_place(project_id: int | None, environment: str) -> Place:
    """Return a place; environments have no upper and lower case. Raises ``InputError``."""
    name = environment.strip().lower()
    if name and (project_id is None or not _ENVIRONMENT.fullmatch(name)):
        what = "environments belong to projects" if project_id is None else "this is no name of an environment"
        hint = "Name a project too" if project_id is None else "Use letters, digits, hyphens; at most 255 characters"
        raise InputError([Problem("environment", 0, 0, what, hint)])
    return Place(project_id, name)


def checked_name(text: str) -> str:
    """Return a name, in upper case as GitHub has it. Raises ``InputError``.

    https://docs.github.com/en/actions/concepts/security/secrets#naming-your-secrets
    """
    name = text.strip().upper()
    if not _NAME.fullmatch(name):
        hint = "Use letters, digits and underscores, and no digit first; at most 255 characters"
        raise InputError([Problem("name", 0, 0, f"'{text[:60]}' is no name of a secret or variable", hint)])
    if name.startswith("GITHUB_"):
        hint = "Choose another prefix"
        raise InputError([Problem("name", 0, 0, "names that begin with GITHUB_ belong to the workflow's own", hint)])
    return name


def checked_value(value: str, *, empty: bool = False) -> str:
    """Return a value. Raises ``InputError``, which does not repeat it."""
    wrong = ""
    if not value and not empty:
        wrong = "an empty secret protects nothing"
    elif "\0" in value:
        wrong = "a value cannot hold a NUL character: no environment variable can"
    elif (size := len(value.encode("utf-8", "surrogatepass"))) > MOST_BYTES:
        wrong = f"a value has at most {MOST_BYTES} bytes, and this has {size}"
    elif any("\ud800" <= character <= "\udfff" for character in value):
        wrong = "a value is text in UTF-8; encode anything else in base64"
    if wrong:
        hint = "Keep long ones encrypted in the repository, and their key here"
        raise InputError([Problem("value", 0, 0, wrong, hint)])
    return value
