"""The images of a job: fetched where they are not here, built where they are a Dockerfile."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from headway.integration.execution.containers.waiting import interruptible
from headway.kernel.engines.building import BuildContext
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headway.integration.execution.job import JobRun
    from headway.kernel.engines.engine import Engine
    from headway.kernel.process import Cancellation

    Log = Callable[[str], None]

BUILT = "headway-action"
ACTION_LABEL = "dev.headway.action"

_building: dict[str, threading.Lock] = {}
_building_lock = threading.Lock()


def provide_image(
    job: JobRun,
    engine: Engine,
    image: str,
    log: Log,
    cancel: Cancellation,
    *,
    credentials: Mapping[str, str] | None = None,
    platform: str = "",
) -> None:
    """Fetch an image unless it is here. ``--refresh`` fetches it anyway, ``--offline`` never does.

    Raises ``HeadwayError`` that names the image.
    """
    source = job.host.actions
    if not source.refresh and engine.has_image(image):
        return
    if source.offline:
        if engine.has_image(image):
            return
        raise HeadwayError(
            f"The image '{image}' is not on this machine, and --offline forbids fetching it. Run once without --offline"
        )
    log(f"Pulling the image '{image}'")
    interruptible(job, cancel, f"Pulling '{image}'", lambda: engine.pull(image, credentials, platform, log))


def build_image(job: JobRun, engine: Engine, dockerfile: str, log: Log, cancel: Cancellation) -> str:
    """Build the image of a Dockerfile, whose folder is the context, unless it was built from the same files before.

    Returns its name. Raises ``HeadwayError`` with what the builder said.
    """
    context = BuildContext(os.path.dirname(dockerfile), os.path.basename(dockerfile))
    image = f"{BUILT}:{context.digest()[:32]}"
    with _building_lock:
        lock = _building.setdefault(image, threading.Lock())
    with lock:
        if engine.has_image(image) and not job.host.actions.refresh:
            log(f"The image was built from the same files before: {image}")
        else:
            log(f"Building the image of '{dockerfile}'")
            interruptible(job, cancel, f"Building '{dockerfile}'", lambda: _build(engine, context, image, log))
    return image


def _build(engine: Engine, context: BuildContext, image: str, log: Log) -> None:
    with context.archive() as archive:
        rest = ""
        for piece in engine.build(archive, context.dockerfile, image, {ACTION_LABEL: "true"}):
            *lines, rest = (rest + piece).split("\n")
            for line in lines:
                log(line)
        if rest:
            log(rest)
