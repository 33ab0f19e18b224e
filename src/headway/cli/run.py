"""`headway run`."""

from __future__ import annotations

import click


@click.command("run")
@click.argument("workflows", nargs=-1)
@click.option("--event", default="push")
def command(workflows: tuple[str, ...], event: str) -> int:
    """Run."""
    import sys

    from headway.integration.local.events import JobEnded, Output, StepBegan, StepEnded
    from headway.integration.local.request import RunRequest
    from headway.integration.local.session import Session

    session = Session(RunRequest(workflows=workflows, event=event))
    choice = session.choose()
    host = session.host()

    def tell(event: object) -> None:
        if isinstance(event, Output):
            sys.stdout.buffer.write(event.data)
        elif isinstance(event, StepBegan | StepEnded | JobEnded):
            sys.stdout.buffer.write(repr(event).encode() + b"\n")

    result = 0
    for workflow in choice.workflows:
        state = session.run(workflow, host, tell)
        result = max(result, state.result != "success")
    session.close()
    return result
