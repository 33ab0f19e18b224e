"""What a run tells about itself."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["error", "warning", "notice"]


class Annotation(NamedTuple):
    """A message of a step, with the place in the code that it is about if it names one.

    ``path`` is relative to the workspace and uses ``/``. Lines and columns count from 1.
    """

    level: Level
    message: str
    title: str = ""
    path: str = ""
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
