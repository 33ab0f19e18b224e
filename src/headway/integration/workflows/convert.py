"""Text → workflow or action: the whole way, with every problem on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.workflows.convert_jobs import convert_jobs, run_defaults
from headway.integration.workflows.convert_steps import convert_steps
from headway.integration.workflows.convert_triggers import convert_triggers
from headway.integration.workflows.models import Action, ActionInput, Workflow
from headway.integration.workflows.permissions import convert_permissions
from headway.integration.workflows.reader import Reader
from headway.integration.workflows.syntax_actions import ACTION
from headway.integration.workflows.syntax_jobs import WORKFLOW
from headway.integration.workflows.tokens import Expression, Mapping, Scalar, Sequence, Token, text_of
from headway.kernel.errors import InputError, Problem
from headway.kernel.yaml import MAX_BYTES, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.workflows.schema import Definition
    from headway.kernel.yaml import Node

MAX_RESULT_BYTES = 10 * 1024 * 1024


class ReadWorkflow(NamedTuple):
    """A workflow as far as it could be read, and what is wrong with it."""

    workflow: Workflow | None
    problems: tuple[Problem, ...]


class ReadAction(NamedTuple):
    """An action as far as it could be read, and what is wrong with it."""

    action: Action | None
    problems: tuple[Problem, ...]


def read_workflow(
    text: str | bytes,
    path: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_result_bytes: int = MAX_RESULT_BYTES,
    parse: Callable[[str | bytes, str], Node] | None = None,
) -> ReadWorkflow:
    """Return the workflow in ``text`` ("Workflow syntax for GitHub Actions").

    ``path`` is how problems name the file. With problems, the workflow holds what could be read all the same.
    ``max_result_bytes`` bounds the size of what the text becomes, counted about as GitHub counts it.
    ``parse`` stands in for ``yaml.load`` where parsed texts are kept.
    """
    reader = Reader(path)
    parse = parse or (lambda text, path: load(text, path, max_bytes=max_bytes))
    root = _read(reader, text, parse, WORKFLOW)
    if root is None:
        return ReadWorkflow(None, tuple(reader.problems))
    get = root.get
    workflow = Workflow(
        path=path,
        name=text_of(get("name")),
        run_name=get("run-name"),
        triggers=convert_triggers(get("on"), reader),
        permissions=convert_permissions(get("permissions")),
        env=get("env"),
        defaults=run_defaults(get("defaults")),
        concurrency=get("concurrency"),
        jobs=convert_jobs(get("jobs"), reader),
        token=root,
    )
    if not reader.problems and size_of_workflow(workflow) > max_result_bytes:
        return ReadWorkflow(None, (Problem(path, 0, 0, "Maximum object size exceeded", rule="limit"),))
    return ReadWorkflow(workflow, tuple(reader.problems))


def read_action(text: str | bytes, path: str) -> ReadAction:
    """Return the action in ``text`` ("Metadata syntax for GitHub Actions")."""
    reader = Reader(path)
    root = _read(reader, text, load, ACTION)
    if root is None:
        return ReadAction(None, tuple(reader.problems))
    runs = root.get("runs")
    if not isinstance(runs, Mapping):
        if runs is None:
            reader.problem(root, "Required property is missing: runs")
        return ReadAction(None, tuple(reader.problems))
    return ReadAction(_action(root, runs, path, reader), tuple(reader.problems))


def _action(root: Mapping, runs: Mapping, path: str, reader: Reader) -> Action:
    args = runs.get("args")
    return Action(
        path=path,
        name=text_of(root.get("name")),
        using=text_of(runs.get("using")),
        inputs={name.text: _input(name.text, value) for name, value in _pairs(root.get("inputs"))},
        outputs={name.text: _value(value) for name, value in _pairs(root.get("outputs"))},
        main=text_of(runs.get("main")),
        pre=text_of(runs.get("pre")),
        post=text_of(runs.get("post")),
        pre_condition=_condition(runs.get("pre-if")),
        post_condition=_condition(runs.get("post-if")),
        steps=convert_steps(runs.get("steps"), reader),
        image=text_of(runs.get("image")),
        args=args.items if isinstance(args, Sequence) else (),
        env=runs.get("env"),
        entrypoint=text_of(runs.get("entrypoint")),
        pre_entrypoint=text_of(runs.get("pre-entrypoint")),
        post_entrypoint=text_of(runs.get("post-entrypoint")),
    )


def _read(
    reader: Reader, text: str | bytes, parse: Callable[[str | bytes, str], Node], definition: Definition
) -> Mapping | None:
    try:
        node = parse(text, reader.path)
    except InputError as error:
        reader.problems.extend(error.problems)
        return None
    root = reader.read(node, definition)
    return root if isinstance(root, Mapping) else None


def _pairs(token: Token | None) -> list[tuple[Scalar, Token]]:
    if not isinstance(token, Mapping):
        return []
    return [(key, value) for key, value in token.pairs if isinstance(key, Scalar)]


def _input(name: str, token: Token) -> ActionInput:
    get = token.get if isinstance(token, Mapping) else lambda _: None
    required = text_of(get("required")).lower() == "true"
    return ActionInput(name, text_of(get("description")), required, get("default"), text_of(get("deprecationMessage")))


def _value(token: Token) -> Token | None:
    return token.get("value") if isinstance(token, Mapping) else None


def _condition(token: Token | None) -> Expression | None:
    return token if isinstance(token, Expression) else None


def size_of_workflow(workflow: Workflow) -> int:
    """Return the bytes of a workflow: its tree, and the condition of every job and step."""
    conditions = sum(1 + len(job.steps) for job in workflow.jobs.values())
    return size_of(workflow.token) + 68 * conditions


def size_of(token: Token) -> int:
    """Return the bytes of a tree: 24 a token, 26 and two a character for each text."""
    if isinstance(token, Sequence):
        return 24 + sum(map(size_of, token.items))
    if isinstance(token, Mapping):
        return 24 + sum(size_of(key) + size_of(value) for key, value in token.pairs)
    if isinstance(token, Expression):
        return 50 + 2 * len(token.source)
    if isinstance(token, Scalar) and isinstance(token.value, str):
        return 50 + 2 * len(token.value)
    return 24
