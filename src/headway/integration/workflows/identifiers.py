"""Ids of jobs and steps: which are valid, and those made up for steps that have none."""

from __future__ import annotations

import re

MAX_LENGTH = 100

_VALID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")


class Identifiers:
    """The ids of one scope. Ids are compared as written."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def add(self, name: str) -> str:
        """Take an id that a user wrote; return what is wrong with it, or an empty text."""
        if not _VALID.fullmatch(name) or len(name) >= MAX_LENGTH:
            return (
                f"The identifier '{name}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. "
                f"IDs must start with a letter or '_' and must be less than {MAX_LENGTH} characters."
            )
        if name.startswith("__"):
            return f"The identifier '{name}' is invalid. IDs starting with '__' are reserved."
        if name in self.taken:
            return f"The identifier '{name}' may not be used more than once within the same scope."
        self.taken.add(name)
        return ""

    def invent(self, wish: str) -> str:
        """Return a free id that looks like ``wish``: ``__run``, ``__run_2``, …."""
        stem = _ILLEGAL.sub("_", wish)
        candidate, number = stem[:MAX_LENGTH], 1
        while candidate in self.taken:
            number += 1
            suffix = f"_{number}"
            candidate = stem[: MAX_LENGTH - len(suffix)] + suffix
        self.taken.add(candidate)
        return candidate


def wish_for_action(uses: str) -> str:
    """Return the stem of the id of a step that uses an action: ``__owner_repo``, ``__self`` or ``__image_tag``."""
    if uses.startswith("docker://"):
        return f"__{uses.removeprefix('docker://')}"
    if uses.startswith(("./", ".\\", "$/")):
        return "__self"
    name, at, ref = uses.partition("@")
    segments = [part for part in re.split(r"[\\/]", name) if part]
    if at and ref and "@" not in ref and len(segments) >= 2:
        return f"__{segments[0]}_{segments[1]}"
    return "__run"
