"""The sections of ``headway.yaml`` that all rooms together read."""

from __future__ import annotations

from headway.repository.sections import BRANCHES

SECTIONS = (BRANCHES,)
