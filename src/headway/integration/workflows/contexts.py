"""Which contexts and functions an expression may use, place by place ("Contexts reference", *Context availability*)."""

from __future__ import annotations

from headway.integration.expressions import Allowed

_MAX = 2**31 - 1
_STATUS_OF_JOB = (("always", 0, 0), ("cancelled", 0, 0), ("failure", 0, _MAX), ("success", 0, _MAX))
_STATUS_OF_STEP = (("always", 0, 0), ("cancelled", 0, 0), ("failure", 0, 0), ("success", 0, 0))
_HASH_FILES = (("hashfiles", 1, 255),)


def _contexts(names: str, functions: tuple[tuple[str, int, int], ...] = ()) -> Allowed:
    return Allowed(frozenset(names.split()), functions)


_RUN = "github inputs vars"
_JOB = f"{_RUN} needs strategy matrix"
_STEP = f"{_JOB} steps job runner env"

RUN = _contexts(_RUN)
RUN_AND_SECRETS = _contexts(f"{_RUN} secrets")
OUTPUT_OF_CALL = _contexts(f"{_RUN} jobs")
NEEDS = _contexts(f"{_RUN} needs")
JOB = _contexts(_JOB)
JOB_AND_ENV = _contexts(f"{_JOB} env")
JOB_AND_SECRETS = _contexts(f"{_JOB} secrets")
CREDENTIALS = _contexts(f"{_RUN} secrets env")
OUTPUT_OF_JOB = _contexts(f"{_STEP} secrets")
ENVIRONMENT_URL = _contexts(_STEP)
STEP = _contexts(f"{_STEP} secrets", _HASH_FILES)
JOB_CONDITION = _contexts(f"{_RUN} needs", _STATUS_OF_JOB)
STEP_CONDITION = _contexts(_STEP, _STATUS_OF_STEP + _HASH_FILES)
SNAPSHOT_CONDITION = _contexts(_JOB)

_ACTION = "github strategy matrix job runner"
ACTION_INPUT = _contexts(_ACTION, _HASH_FILES)
ACTION_OUTPUT = _contexts(f"{_ACTION} steps inputs env")
ACTION_STEP = _contexts(f"{_ACTION} steps inputs env", _HASH_FILES)
ACTION_STEP_CONDITION = _contexts(f"{_ACTION} steps inputs env", _STATUS_OF_STEP + _HASH_FILES)
ACTION_RUNS_CONDITION = _contexts(f"{_ACTION} inputs env", _STATUS_OF_STEP + _HASH_FILES)
ACTION_CONTAINER = _contexts("inputs")
