"""Beside GitHub's own parser (npm `@actions/workflow-parser`): the same verdicts, places, needs and conditions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.integration.workflows import read_workflow
from tests.javascript.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.javascript.oracle import Oracle

# Filters that an event does not have, and inputs without any: GitHub's service takes what its parser refuses.
LENIENT = {"helm__helm__release.yml", "oxidecomputer__omicron__validate-openapi-spec.yml"}


@pytest.fixture(scope="module")
def parser() -> Iterator[Oracle]:
    with oracle("workflows.mjs") as running:
        yield running


def ours(text: str) -> dict[str, Any]:
    workflow, problems = read_workflow(text, "w.yml")
    if problems or workflow is None:
        return {"errors": sorted({(problem.line, problem.column) for problem in problems})}
    return {
        "jobs": [
            {
                "id": job.id,
                "needs": [need.text for need in job.needs],
                "if": job.condition.source if job.condition else None,
                "steps": [
                    {"id": step.id}
                    | ({"if": step.condition.source} if step.condition and (step.run or step.uses) else {})
                    for step in job.steps
                ],
            }
            for job in workflow.jobs.values()
        ]
    }


def theirs(parser: Oracle, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = parser.ask(text)
    if "errors" in answer:
        return {"errors": sorted({(line, column) for line, column, _ in answer["errors"]})}
    return answer


def test_real_workflows_become_the_same_jobs(parser: Oracle) -> None:
    folder = (
        Path(os.environ.get("HEADWAY_CONFORMANCE") or Path(__file__).resolve().parents[4] / "shared" / "conformance")
        / "workflows"
    )
    if not folder.is_dir():
        pytest.skip(f"{folder} holds no workflows; set HEADWAY_CONFORMANCE to a folder that does")
    different = set()
    for file in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        text = file.read_text(encoding="utf-8")
        if ours(text) != theirs(parser, text):
            different.add(file.name)
    assert different <= LENIENT


JOB = """
  job:
    runs-on: x
    {property}
    steps:
      - run: echo
        {step}
"""
PROPERTIES = (
    """
needs: nobody | needs: [] | if: ${{ always() }} | if: failure() || x | if: "" | if: 1 | if: secrets.X | env: {A: 1}
env: {A: "${{ secrets.X }}"} | env: [1] | outputs: {a: "${{ steps.x.y }}"} | outputs: {a: "${{ env }}"} | timeout-minutes: 5
timeout-minutes: soon | timeout-minutes: ${{ github.x }} | timeout-minutes: ${{ secrets.x }} | continue-on-error: true | continue-on-error: 1
continue-on-error: ${{ matrix.x }} | strategy: {matrix: {a: [1]}} | strategy: {matrix: {a: 1}} | strategy: {matrix: "${{ fromJSON('{}') }}"}
strategy: {fail-fast: no} | strategy: {max-parallel: x} | strategy: {matrix: {include: [{a: 1}], exclude: {a: 1}}} | container: x
container: {image: x, ports: [80]} | container: {ports: [80]} | container: {image: ""} | services: {db: {image: x}} | services: {db: {}}
permissions: read-all | permissions: {contents: read} | permissions: {content: read} | permissions: {} | permissions: write
concurrency: x | concurrency: {group: x, cancel-in-progress: true} | concurrency: {cancel-in-progress: true} | concurrency: ${{ secrets.x }}
defaults: {run: {shell: bash}} | defaults: {run: {shel: bash}} | environment: x | environment: {url: x} | environment: {name: x, url: "${{ steps.a }}"}
name: ${{ matrix.x }} | name: ${{ env.x }} | runs-on: y | uses: ./x | nonsense: 1 | snapshot: x | snapshot: {version: 1} | cancel-timeout-minutes: 1
""".replace("\n", " | ")
    .strip(" |")
    .split(" | ")
)
STEPS = (
    """
if: always() | if: ${{ success( }} | if: github.x == "a" | if: secrets.x | name: ${{ secrets.x }} | name: ${{ jobs.x }} | id: a | id: 1a | id: __a | id: ""
env: {A: "${{ hashFiles('x') }}"} | env: {A: [1]} | with: {a: 1} | uses: a/b@c | shell: bash | shell: "" | working-directory: x | timeout-minutes: x
continue-on-error: x | continue-on-error: ${{ steps.x }} | run: again | nonsense: x | wait: x
name: ${{ format('{0', 1) }} | name: ${{ 1 + 1 }} | name: ${{ }} | name: "${{ 'a' }} b" | name: ${{ a | name: ${{ github.a['b'].*.c[0] }}
""".replace("\n", " | ")
    .strip(" |")
    .split(" | ")
)


def text_with(property_: str, step: str) -> str:
    return "on: push\njobs:" + JOB.replace("{property}", property_).replace("{step}", step)


@pytest.mark.parametrize("property_", PROPERTIES)
def test_a_job_with_any_one_property_gets_the_same_verdict_and_places(parser: Oracle, property_: str) -> None:
    text = text_with(property_, "")
    assert ours(text) == theirs(parser, text)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_with_any_one_property_gets_the_same_verdict_and_places(parser: Oracle, step: str) -> None:
    text = text_with("", step)
    assert ours(text) == theirs(parser, text)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PROPERTIES), st.sampled_from(STEPS))
def test_of_two_things_wrong_all_that_github_tells_is_told(parser: Oracle, property_: str, step: str) -> None:
    """GitHub stops after the errors of reading; Headway goes on, so that it may tell more, but never less."""
    text = text_with(property_, step)
    mine, other = ours(text), theirs(parser, text)
    assert mine.keys() == other.keys()
    assert set(other.get("errors", [])) <= set(mine.get("errors", []))
