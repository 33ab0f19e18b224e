"""What a step is called where it has no name of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from headway.integration.workflows.tokens import Expression, Scalar
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.workflows.models import Step


def display_name(step: Step, evaluator: Evaluator | None) -> str:
    """Return the name that people see: its own, evaluated, or ``Run`` and what it runs."""
    if step.name is not None:
        written = step.name.text if isinstance(step.name, Scalar | Expression) else ""
        if name := written if evaluator is None else evaluator.text(step.name):
            return name
    return fallback_name(step, evaluator)


def fallback_name(step: Step, evaluator: Evaluator | None = None) -> str:
    """Return what a step without a name is called; a script whose expressions fail is shown as it is written."""
    if step.uses is not None:
        return f"Run {step.uses.text}"
    if step.run is not None:
        text = step.run.text if isinstance(step.run, Scalar | Expression) else ""
        if evaluator is not None:
            with suppress(InputError):
                text = evaluator.text(step.run)
        lines = [line for line in text.strip().splitlines() if line.strip()]
        return f"Run {lines[0].strip()}" if lines else "Run"
    if step.wait:
        return f"Wait for {', '.join(step.wait)}"
    if step.cancel:
        return f"Cancel {step.cancel}"
    return "Wait for all" if step.wait_all else "Parallel group"
