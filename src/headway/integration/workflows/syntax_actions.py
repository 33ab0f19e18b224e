"""The syntax of ``action.yml`` ("Metadata syntax for GitHub Actions")."""

from __future__ import annotations

from headway.integration.workflows import contexts
from headway.integration.workflows.schema import (
    anything,
    boolean,
    condition,
    constants,
    mapping,
    mapping_of,
    one_of,
    sequence,
    string,
)

NODE_RUNTIMES = ("node12", "node16", "node20", "node24")

_text = string(non_empty=True)
_env = mapping_of(string())

_input = mapping_of(
    anything(),
    description=string(),
    required=one_of(boolean(), string()),
    default=string().within(contexts.ACTION_INPUT),
    deprecationMessage=string(),
)
_output = mapping({"description": string(), "value": string().within(contexts.ACTION_OUTPUT)})

_step_keys = {
    "name": string().within(contexts.ACTION_STEP),
    "id": _text,
    "if": condition(contexts.ACTION_STEP_CONDITION),
    "env": _env.within(contexts.ACTION_STEP),
    "continue-on-error": boolean().within(contexts.ACTION_STEP),
}
_run_step = mapping(
    {
        **_step_keys,
        "run": string().within(contexts.ACTION_STEP),
        "shell": string().within(contexts.ACTION_STEP),
        "working-directory": string().within(contexts.ACTION_STEP),
    },
    "run",
    "shell",
)
_uses_step = mapping({**_step_keys, "uses": _text, "with": _env.within(contexts.ACTION_STEP)}, "uses")

_using = constants("docker", "composite", *NODE_RUNTIMES)
_lifecycle = {
    "pre-if": condition(contexts.ACTION_RUNS_CONDITION),
    "post-if": condition(contexts.ACTION_RUNS_CONDITION),
}
_container = mapping(
    {
        **_lifecycle,
        "using": _using,
        "image": _text,
        "entrypoint": _text,
        "args": sequence(string().within(contexts.ACTION_CONTAINER)),
        "env": _env.within(contexts.ACTION_CONTAINER),
        "pre-entrypoint": _text,
        "post-entrypoint": _text,
    },
    "using",
    "image",
)
_node = mapping({**_lifecycle, "using": _using, "main": _text, "pre": _text, "post": _text}, "using", "main")
_composite = mapping({"using": _using, "steps": sequence(one_of(_run_step, _uses_step))}, "using", "steps")

ACTION = mapping_of(
    anything(),
    name=string(),
    author=string(),
    description=string(),
    inputs=mapping_of(_input),
    outputs=mapping_of(_output),
    runs=one_of(_container, _node, _composite),
)
"""Unknown keys are taken as the runner takes them; ``headway check`` is the one that warns of them."""
