"""What the room reads in ``headway.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.kernel.headway_yaml import Section

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_EXAMPLE = """\
branches:
  # A name, or a pattern: * stands for what has no / in it, ** for anything. Of the patterns that fit a branch
  # the exact name counts, else the longest.
  main:
    push_role: maintainer             # who may push: this role and those above it; null: nobody
    required_checks: [build, test]    # statuses that a commit must have passed before it comes here
    signed: true                      # commits have to carry a verified signature
  release/**:
    push_role: maintainer
    force_role: null                  # nobody may force another history
    delete_role: owner
"""


def _model() -> TypeAdapter[Any]:
    from headway.repository.branch_section import branches

    return branches


BRANCHES = Section("branches", "who may push to which branch, and what must have passed before", _EXAMPLE, _model)
