"""Tokens below ``steps:`` → steps, of jobs and of composite actions alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.integration.workflows.conditions import condition_of
from headway.integration.workflows.convert_triggers import texts_of
from headway.integration.workflows.identifiers import Identifiers, wish_for_action
from headway.integration.workflows.models import Step
from headway.integration.workflows.tokens import Mapping, Scalar, Sequence, Token, text_of

if TYPE_CHECKING:
    from headway.integration.workflows.reader import Reader

_REMOTE_ACTION = re.compile(r"[^/@\\]+[/\\][^@]+@.+")
_NOT_IN_PARALLEL = ("background", "wait", "wait-all", "cancel")


def convert_steps(token: Token | None, reader: Reader) -> tuple[Step, ...]:
    """Return the steps with an id each; those of ``parallel`` groups share the scope of their job."""
    if not isinstance(token, Sequence):
        return ()
    identifiers = Identifiers()
    _take_ids(token, identifiers, reader)
    known: set[str] = set()
    return tuple(
        _step(item, identifiers, known, reader) for item in token.items if isinstance(item, Mapping) and item.pairs
    )


def _take_ids(steps: Sequence, identifiers: Identifiers, reader: Reader) -> None:
    for item in steps.items:
        if not isinstance(item, Mapping):
            continue
        own = item.get("id")
        if isinstance(own, Scalar) and (problem := identifiers.add(own.text)):
            reader.problem(own, problem, rule="id")
        inner = item.get("parallel")
        if isinstance(inner, Sequence):
            _take_ids(inner, identifiers, reader)


def _step(token: Mapping, identifiers: Identifiers, known: set[str], reader: Reader) -> Step:
    get = token.get
    own_id = text_of(get("id"))
    uses = get("uses")
    if isinstance(uses, Scalar):
        _check_uses(uses, reader)
    background = get("background")
    step = Step(
        id=own_id or identifiers.invent(_wish(token)),
        token=token,
        name=get("name"),
        condition=condition_of(get("if")),
        env=get("env"),
        continue_on_error=get("continue-on-error"),
        timeout_minutes=get("timeout-minutes"),
        background=isinstance(background, Scalar) and background.value is True,
        run=get("run"),
        shell=get("shell"),
        working_directory=get("working-directory"),
        uses=uses if isinstance(uses, Scalar) else None,
        inputs=get("with"),
        wait=_targets(get("wait"), own_id, known, reader),
        wait_all=_wait_all(token, reader),
        cancel="".join(_targets(get("cancel"), own_id, known, reader)),
        parallel=_parallel(token, identifiers, known, reader),
    )
    known.update([own_id] if own_id else [])
    known.update(inner.id for inner in step.parallel if inner.has_own_id)
    return step


def _wish(token: Mapping) -> str:
    uses = token.get("uses")
    if isinstance(uses, Scalar):
        return wish_for_action(uses.text)
    return next((f"__{key}" for key in ("wait", "wait-all", "cancel", "parallel") if token.get(key)), "__run")


def _check_uses(uses: Scalar, reader: Reader) -> None:
    text = uses.text
    if not text or text.startswith(("docker://", "./", ".\\", "$/")) or _REMOTE_ACTION.fullmatch(text):
        return
    reader.problem(uses, f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{text}'", rule="uses")


def _targets(token: Token | None, own_id: str, known: set[str], reader: Reader) -> tuple[str, ...]:
    targets = texts_of(token)
    for target in targets:
        if own_id and target.text == own_id:
            reader.problem(target, f"Step '{own_id}' cannot reference itself", rule="step-reference")
        elif target.text not in known:
            hint = f"known so far: {', '.join(sorted(known))}" if known else "no earlier step has an id"
            reader.problem(target, f"Step references unknown step ID '{target.text}'", hint, "step-reference")
    return tuple(target.text for target in targets)


def _wait_all(token: Mapping, reader: Reader) -> bool:
    value = token.get("wait-all")
    if isinstance(value, Scalar) and value.value is False:
        reader.problem(value, "The value of 'wait-all' must be true or omitted")
    return value is not None


def _parallel(token: Mapping, identifiers: Identifiers, known: set[str], reader: Reader) -> tuple[Step, ...]:
    inner = token.get("parallel")
    if not isinstance(inner, Sequence):
        return ()
    for item in inner.items:
        if not isinstance(item, Mapping):
            continue
        for key in _NOT_IN_PARALLEL:
            if item.get(key) is not None:
                reader.problem(item, f"'{key}' is not allowed inside a parallel block")
        if item.get("parallel") is not None:
            reader.problem(item, "Nested 'parallel' blocks are not allowed.")
    return tuple(
        _step(item, identifiers, known, reader)
        for item in inner.items
        if isinstance(item, Mapping) and item.get("parallel") is None
    )
