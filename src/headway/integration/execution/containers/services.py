"""Services of a job: their ports, their health, and what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.execution.containers.waiting import give_up_if_asked
from headway.kernel.errors import DeadlineError, HeadwayError

if TYPE_CHECKING:
    from headway.integration.execution.job import JobRun
    from headway.integration.execution.setup_step import SetUpStep
    from headway.kernel.engines.engine import Engine

_LAST_LINES = 50
_LOG_LINES = 2000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_SECOND = 10**9
_DEFAULT_SECONDS, _DEFAULT_RETRIES = 30.0, 3
_SLACK = 30.0


def mapped_ports(inspected: dict[str, Any]) -> dict[str, str]:
    """Return, for each port of a container, the port of this machine that leads to it."""
    ports = inspected["NetworkSettings"]["Ports"] or {}
    return {port.partition("/")[0]: bound[0]["HostPort"] for port, bound in ports.items() if bound}


def wait_until_ready(job: JobRun, engine: Engine, name: str, container: str, step: SetUpStep) -> None:
    """Wait until a service is healthy; one without a health check only has to run.

    Raises ``HeadwayError`` when it ends or is unhealthy, after its last lines were shown; ``DeadlineError`` when its
    health check tells nothing for longer than its settings allow.
    """
    deadline = job.clock() + _seconds_allowed(engine.inspect(container)["Config"].get("Healthcheck") or {})
    pause = _FIRST_PAUSE
    while True:
        state = engine.inspect(container)["State"]
        health = (state.get("Health") or {}).get("Status", "none")
        if not state["Running"]:
            _show_last(engine, name, container, state, step)
            raise HeadwayError(f"The service '{name}' ended with exit code {state['ExitCode']} before the first step")
        if health in ("healthy", "none", ""):
            step.log(f"The service '{name}' is {'healthy' if health == 'healthy' else 'running'}")
            return
        if health == "unhealthy":
            _show_last(engine, name, container, state, step)
            raise HeadwayError(f"The service '{name}' is unhealthy: its health check failed; see the lines above")
        if job.clock() > deadline:
            _show_last(engine, name, container, state, step)
            raise DeadlineError(f"The service '{name}' was neither healthy nor unhealthy for too long")
        give_up_if_asked(job, job.control.main, f"Waiting for the service '{name}'")
        job.control.main.wait(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _seconds_allowed(check: dict[str, Any]) -> float:
    """Return after how many seconds a health check must have come to a verdict."""

    def seconds(name: str, default: float) -> float:
        return float(check.get(name) or default * _SECOND) / _SECOND

    once = seconds("Interval", _DEFAULT_SECONDS) + seconds("Timeout", _DEFAULT_SECONDS)
    return seconds("StartPeriod", 0) + once * (int(check.get("Retries") or _DEFAULT_RETRIES) + 1) + _SLACK


def _show_last(engine: Engine, name: str, container: str, state: dict[str, Any], step: SetUpStep) -> None:
    checks = (state.get("Health") or {}).get("Log") or []
    if checks:
        step.log(f"The last health check of '{name}' ended with exit code {checks[-1]['ExitCode']}:")
        step.output(str(checks[-1]["Output"]).encode(errors="replace"))
    step.log(f"The last lines of the service '{name}':")
    step.output(engine.logs(container, _LAST_LINES))


def show_logs(engine: Engine, name: str, container: str, step: SetUpStep) -> None:
    """Show what a service wrote, folded."""
    step.log(f"##[group]Print service container logs: {name}")
    step.output(engine.logs(container, _LOG_LINES))
    step.log("##[endgroup]")
