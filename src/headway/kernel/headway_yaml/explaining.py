"""What pydantic found, in words for those who wrote the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from headway.kernel.errors import brief
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.kernel.headway_yaml.sections import Section

Location = tuple[int | str, ...]
_KEY = "[key]"


class Mistake(NamedTuple):
    """Something wrong at a location within a section: at the value, or at its key."""

    location: Location
    message: str
    hint: str
    of_key: bool = False


def explained(section: Section, plain: Any) -> tuple[Any, Sequence[Mistake]]:
    """Return what the section's model makes of a plain value, or everything that is wrong with it."""
    adapter = section.model()
    try:
        # Strict: the text "3" is no number and 1 is not "yes", since YAML has said already what is what.
        return adapter.validate_json(json.dumps(plain), strict=True), ()
    except ValidationError as error:
        schema = adapter.json_schema()
        return None, [_mistake(found, schema, section.name) for found in error.errors(include_url=False)]


def _mistake(found: Any, schema: dict[str, Any], section: str) -> Mistake:
    location: Location = found["loc"]
    of_key = bool(location) and location[-1] == _KEY
    at = location[:-1] if of_key else location
    name = brief(str(at[-1])) if at else section
    if found["type"] == "extra_forbidden":
        known = sorted(_known_at(schema, at[:-1]))
        hint = did_you_mean(name, known) or (f"Known here: {', '.join(known)}" if known else "Remove it")
        return Mistake(at, f"'{name}' is not known here", hint, of_key=True)
    if found["type"] == "missing":
        return Mistake(at[:-1], f"'{name}' is missing", f"Add '{name}:' here")
    expected = found["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Mistake(at, f"'{_label(at, section)}' {expected}; seen: {_seen(found['input'])}", "", of_key)


def _label(at: Location, section: str) -> str:
    return ".".join([section, *(brief(str(part), 40) for part in at)])


def _seen(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else repr(value) if isinstance(value, (int, float)) else f"'{brief(value)}'"


def _known_at(schema: dict[str, Any], at: Location) -> Iterator[str]:
    """Yield the names of the properties that the schema knows at a location."""
    defined = schema.get("$defs", {})
    here: Any = schema
    for part in (*at, None):
        if "$ref" in here:
            here = defined[here["$ref"].rpartition("/")[2]]
        if part is None:
            yield from here.get("properties", {})
        else:
            named = here.get("properties", {}).get(part)
            here = named or here.get("items") or here.get("additionalProperties") or {}
            here = here if isinstance(here, dict) else {}
