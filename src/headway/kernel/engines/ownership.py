"""Whose a container is: labels that tell which run made it, and whether that run still exists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.kernel.engines.errors import EngineError
from headway.kernel.process.table import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.kernel.engines.engine import Engine

RUN_LABEL = "dev.headway.run"
OWNER_LABEL = "dev.headway.owner"


def labels(run: str) -> dict[str, str]:
    """Return the labels of what this process makes for a run."""
    return {RUN_LABEL: run, OWNER_LABEL: f"{_self()} {_place()}"}


def remove_leftovers(engine: Engine) -> list[str]:
    """Remove the containers and networks of runs whose process is gone; return their runs.

    Only those of this machine (and of this container, where we are in one) are looked at: whether a process of
    another one lives cannot be told from here. What cannot be removed stays for the next time.
    """
    runs: dict[str, None] = {}
    for container in engine.containers(OWNER_LABEL):
        if _is_left(container["Labels"]) and _removed(engine.remove, container["Id"]):
            runs[container["Labels"].get(RUN_LABEL, "")] = None
    for network in engine.networks(OWNER_LABEL):
        if _is_left(network["Labels"]) and _removed(engine.remove_network, network["Id"]):
            runs[network["Labels"].get(RUN_LABEL, "")] = None
    return list(runs)


def _removed(remove: Callable[[str], None], id_: str) -> bool:
    try:
        remove(id_)
    except EngineError:
        return False
    return True


def _is_left(found: dict[str, str]) -> bool:
    process, _, place = found.get(OWNER_LABEL, "").partition(" ")
    pid, _, started = process.partition(":")
    if place != _place() or not pid.isdecimal():
        return False
    owner = find(int(pid))
    return owner is None or owner.ended or owner.started.replace(" ", "_") != started


def _self() -> str:
    own = find(os.getpid())
    return f"{os.getpid()}:{own.started.replace(' ', '_') if own else ''}"


def _place() -> str:
    """Return what tells apart machines, and containers, that use the same engine: their process ids are their own."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{os.uname().nodename}/{space}"
