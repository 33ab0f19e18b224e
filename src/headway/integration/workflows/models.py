"""A workflow as typed records. What may hold an expression stays a token, to be evaluated when its time has come."""

from __future__ import annotations

from typing import Literal, NamedTuple

from headway.integration.workflows.tokens import Expression, Mapping, Scalar, Sequence, Token

InputType = Literal["string", "boolean", "number", "choice", "environment"]
Permissions = dict[str, str]
"""Permission → ``read`` or ``write``; what is absent is ``none``."""


class Input(NamedTuple):
    """An input of ``workflow_dispatch`` or ``workflow_call``."""

    name: str
    type: InputType
    key: Scalar
    description: str = ""
    required: bool = False
    default: Token | None = None
    options: tuple[str, ...] = ()


class Secret(NamedTuple):
    """A secret that a reusable workflow takes."""

    name: str
    required: bool
    token: Token


class Output(NamedTuple):
    """An output of a reusable workflow."""

    name: str
    value: Token


class Trigger(NamedTuple):
    """One event below ``on:``, with its filters as written (``branches``, ``paths-ignore``, ``types``, …)."""

    event: str
    key: Scalar
    filters: dict[str, tuple[Scalar, ...]]
    inputs: dict[str, Input]
    secrets: dict[str, Secret]
    outputs: dict[str, Output]
    schedules: tuple[tuple[Scalar, str], ...] = ()
    config: Token | None = None


class RunDefaults(NamedTuple):
    """``defaults.run`` of a workflow or a job."""

    shell: Token | None = None
    working_directory: Token | None = None


class Step(NamedTuple):
    """A step of a job or of a composite action. Exactly one of the kinds is set."""

    id: str
    token: Mapping
    name: Token | None
    condition: Expression | None
    env: Token | None = None
    continue_on_error: Token | None = None
    timeout_minutes: Token | None = None
    background: bool = False
    run: Token | None = None
    shell: Token | None = None
    working_directory: Token | None = None
    uses: Scalar | None = None
    inputs: Token | None = None
    wait: tuple[str, ...] = ()
    wait_all: bool = False
    cancel: str = ""
    parallel: tuple[Step, ...] = ()

    @property
    def has_own_id(self) -> bool:
        """Return whether the id was written by the user, so that other steps may refer to it."""
        return not self.id.startswith("__")


class Strategy(NamedTuple):
    """``strategy`` of a job, not yet evaluated."""

    token: Mapping
    matrix: Token | None
    fail_fast: Token | None
    max_parallel: Token | None


class Job(NamedTuple):
    """A job with steps, or (``uses`` is set) one that calls a reusable workflow (``callee``, once it is loaded)."""

    id: str
    key: Scalar
    token: Mapping
    name: Token
    needs: tuple[Scalar, ...]
    condition: Expression | None
    permissions: Permissions | None
    concurrency: Token | None
    strategy: Strategy | None
    runs_on: Token | None = None
    env: Token | None = None
    defaults: RunDefaults = RunDefaults()
    environment: Token | None = None
    timeout_minutes: Token | None = None
    cancel_timeout_minutes: Token | None = None
    continue_on_error: Token | None = None
    container: Token | None = None
    services: Token | None = None
    outputs: Token | None = None
    steps: tuple[Step, ...] = ()
    snapshot: Token | None = None
    uses: Scalar | None = None
    inputs: Token | None = None
    secrets: Token | None = None
    inherit_secrets: bool = False
    callee: Workflow | None = None


class Workflow(NamedTuple):
    """One workflow file."""

    path: str
    name: str
    run_name: Token | None
    triggers: dict[str, Trigger]
    permissions: Permissions | None
    env: Token | None
    defaults: RunDefaults
    concurrency: Token | None
    jobs: dict[str, Job]
    token: Mapping


class ActionInput(NamedTuple):
    """An input of an action."""

    name: str
    description: str
    required: bool
    default: Token | None
    deprecation: str = ""


class Action(NamedTuple):
    """An action's metadata: how it runs (``composite``, ``docker`` or a ``node…``), and with what."""

    path: str
    name: str
    using: str
    inputs: dict[str, ActionInput]
    outputs: dict[str, Token | None]
    main: str = ""
    pre: str = ""
    post: str = ""
    pre_condition: Expression | None = None
    post_condition: Expression | None = None
    steps: tuple[Step, ...] = ()
    image: str = ""
    args: tuple[Token, ...] = ()
    env: Token | None = None
    entrypoint: str = ""
    pre_entrypoint: str = ""
    post_entrypoint: str = ""


__all__ = [
    "Action",
    "ActionInput",
    "Expression",
    "Input",
    "InputType",
    "Job",
    "Output",
    "Permissions",
    "RunDefaults",
    "Secret",
    "Sequence",
    "Step",
    "Strategy",
    "Trigger",
    "Workflow",
]
