"""Choosing a version: what a workflow asks for (npm's ranges) against what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Installed(NamedTuple):
    """A program of some version on this machine: its version, and the path of its executable."""

    version: str
    path: str


def best(wanted: str, found: Iterable[Installed]) -> Installed | None:
    """Return the newest of ``found`` that a range takes (``3.11``, ``>=18 <21``, ``20.x``), None if none fits.

    Raises ``HeadwayError`` for a range that cannot be read.
    """
    from semantic_version import NpmSpec

    try:
        spec = NpmSpec(wanted)
    except ValueError as error:
        raise HeadwayError(
            f"'{wanted}' is no version or range: expected something like 3.12, 20.x or >=18 <21"
        ) from error
    fitting = [(version, one) for one in found if (version := _parsed(one.version)) is not None and version in spec]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _parsed(text: str) -> Any:
    from semantic_version import Version

    try:
        return Version(text)
    except ValueError:
        try:
            return Version.coerce(text)
        except ValueError:
            return None


def listed(found: Iterable[Installed]) -> str:
    """Return what there is, for an error message."""
    return ", ".join(sorted({one.version for one in found})) or "none"
