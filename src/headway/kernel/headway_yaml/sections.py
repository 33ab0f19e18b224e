"""Sections of ``headway.yaml``, and the file as rooms see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import TypeAdapter

    from headway.kernel.errors import Problem

FILE_NAME = "headway.yaml"
"""Where the file is: in the root of the repository."""


class Section(NamedTuple):
    """A section that a room reads.

    ``model`` returns what it must be like; it is called when a file has the section, so that a command which needs
    none does not load any. ``example`` is annotated YAML, the section's name included: it stands in the documentation
    as it is, and a test validates it.
    """

    name: str
    summary: str
    example: str
    model: Callable[[], TypeAdapter[Any]]


class HeadwayYaml(NamedTuple):
    """The sections of a file that are as they should be, and everything that is wrong with the file.

    One wrong section does not take the others along. ``problems`` of none: those of the file as a whole are in the
    list of each section.
    """

    values: Mapping[str, Any] = {}
    wrong: Mapping[str, tuple[Problem, ...]] = {}
    problems: tuple[Problem, ...] = ()

    def section(self, name: str) -> Any:
        """Return a section's value, ``None`` when the file has none.

        Raises ``InputError`` with what is wrong with the section, or with the file as a whole.
        """
        if name in self.wrong:
            raise InputError(self.wrong[name])
        return self.values.get(name)
