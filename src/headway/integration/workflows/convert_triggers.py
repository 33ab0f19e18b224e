"""Tokens below ``on:`` → triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from headway.integration.workflows.cron import problem_in_cron
from headway.integration.workflows.models import Input, InputType, Output, Secret, Trigger
from headway.integration.workflows.tokens import Expression, Mapping, Scalar, Sequence, Token, text_of
from headway.kernel.errors import brief
from headway.kernel.yaml import plain_value

if TYPE_CHECKING:
    from headway.integration.workflows.reader import Reader


def convert_triggers(token: Token | None, reader: Reader) -> dict[str, Trigger]:
    """Return the triggers by event, in the order of the text."""
    if isinstance(token, Scalar):
        return {token.text: _bare(token)}
    if isinstance(token, Sequence):
        return {item.text: _bare(item) for item in token.items if isinstance(item, Scalar)}
    if isinstance(token, Mapping):
        return {key.text: _trigger(key, value, reader) for key, value in token.pairs if isinstance(key, Scalar)}
    return {}


def _bare(key: Scalar) -> Trigger:
    return Trigger(key.text, key, {}, {}, {}, {})


def _trigger(key: Scalar, config: Token, reader: Reader) -> Trigger:
    if key.text == "schedule" and isinstance(config, Sequence):
        return _bare(key)._replace(schedules=_schedules(config, reader), config=config)
    if not isinstance(config, Mapping):
        return _bare(key)
    if key.text in ("workflow_dispatch", "workflow_call"):
        return Trigger(
            key.text,
            key,
            {},
            {name.text: _input(name, value, reader) for name, value in _pairs(config.get("inputs"))},
            {name.text: _secret(name.text, value) for name, value in _pairs(config.get("secrets"))},
            {name.text: _output(name, value) for name, value in _pairs(config.get("outputs"))},
            config=config,
        )
    filters = {name.text: texts_of(value) for name, value in _pairs(config)}
    return _bare(key)._replace(filters=filters, config=config)


def _pairs(token: Token | None) -> list[tuple[Scalar, Token]]:
    if not isinstance(token, Mapping):
        return []
    return [(key, value) for key, value in token.pairs if isinstance(key, Scalar)]


def texts_of(token: Token | None) -> tuple[Scalar, ...]:
    """Return one text or a list of texts as a tuple."""
    if isinstance(token, Scalar):
        return (token,)
    if isinstance(token, Sequence):
        return tuple(item for item in token.items if isinstance(item, Scalar))
    return ()


def _schedules(config: Sequence, reader: Reader) -> tuple[tuple[Scalar, str], ...]:
    schedules = []
    for item in config.items:
        cron = item.get("cron") if isinstance(item, Mapping) else None
        if isinstance(cron, Scalar) and isinstance(item, Mapping):
            if problem := problem_in_cron(cron.text):
                reader.problem(
                    cron,
                    "Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)",
                    problem,
                    "cron",
                )
            schedules.append((cron, text_of(item.get("timezone"))))
    return tuple(schedules)


def _input(key: Scalar, token: Token, reader: Reader) -> Input:
    get = token.get if isinstance(token, Mapping) else lambda _: None
    kind = cast("InputType", text_of(get("type"), "string"))
    required = get("required")
    options = tuple(option.text for option in texts_of(get("options")))
    found = Input(
        key.text,
        kind,
        key,
        text_of(get("description")),
        isinstance(required, Scalar) and required.value is True,
        get("default"),
        options,
    )
    _check_input(found, token, reader)
    return found


def _check_input(found: Input, token: Token, reader: Reader) -> None:
    default = found.default
    if isinstance(default, Scalar):
        if found.type == "boolean" and default.text.lower() not in ("true", "false"):
            reader.problem(default, f"Unexpected value '{brief(default.text)}'", "a boolean input needs true or false")
        if found.type == "number" and not isinstance(plain_value(default.text), int | float):
            reader.problem(default, f"Unexpected value '{brief(default.text)}'", "a number input needs a number")
        if found.type == "choice" and found.options and default.text not in found.options:
            reader.problem(default, f"The default '{default.text}' is none of the options", ", ".join(found.options))
    if found.type == "choice" and not found.options:
        reader.problem(token, "Missing 'options' for choice input")
    if found.type != "choice" and found.options:
        reader.problem(token, "Input type is not 'choice', but 'options' is defined")


def _secret(name: str, token: Token) -> Secret:
    required = token.get("required") if isinstance(token, Mapping) else None
    return Secret(name, isinstance(required, Scalar) and required.value is True, token)


def _output(key: Scalar, token: Token) -> Output:
    value = token.get("value") if isinstance(token, Mapping) else None
    return Output(key.text, value if isinstance(value, Scalar | Expression) else key._replace(value="", text=""))
