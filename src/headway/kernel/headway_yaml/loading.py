"""Text → sections. Whatever is wrong is told at once, each with its line, its column and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel import yaml
from headway.kernel.errors import InputError, Problem, brief
from headway.kernel.headway_yaml.sections import FILE_NAME, HeadwayYaml
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from headway.kernel.headway_yaml.explaining import Location, Mistake
    from headway.kernel.headway_yaml.sections import Section

MAX_BYTES = 256 * 1024
_RULE = "headway-yaml"


def load(text: str | bytes, sections: Iterable[Section], path: str = FILE_NAME) -> HeadwayYaml:
    """Return what a file says. Never raises for what is in the text: see ``HeadwayYaml.problems``."""
    known = {section.name: section for section in sections}
    try:
        root = yaml.load(text, path, max_bytes=MAX_BYTES)
    except InputError as error:
        return _all_wrong(known, [each._replace(rule=_RULE) for each in error.problems])
    if isinstance(root, yaml.Scalar) and root.value is None:
        return HeadwayYaml()
    if not isinstance(root, yaml.Mapping):
        expected = f"The file is a mapping of sections: {', '.join(sorted(known))}"
        return _all_wrong(known, [_problem(path, root, f"expected sections, seen {_kind(root)}", expected)])
    return _read(root, known, path)


def unreadable(message: str, sections: Iterable[Section], path: str = FILE_NAME) -> HeadwayYaml:
    """Return a file that is wrong as a whole, for a reason that is not in its text."""
    return _all_wrong([section.name for section in sections], [Problem(path, 0, 0, message, rule=_RULE)])


def _all_wrong(known: Iterable[str], problems: Sequence[Problem]) -> HeadwayYaml:
    return HeadwayYaml({}, dict.fromkeys(known, tuple(problems)), tuple(problems))


def _read(root: yaml.Mapping, known: dict[str, Section], path: str) -> HeadwayYaml:
    values: dict[str, Any] = {}
    wrong: dict[str, tuple[Problem, ...]] = {}
    problems: list[Problem] = []
    for key, node in root.pairs:
        name = key.text
        if name not in known:
            if not name.startswith("x-"):
                problems.append(_unknown(path, key, known))
            continue
        if name in values or name in wrong:
            found = [_problem(path, key, f"'{name}' stands here a second time", "Put both into one")]
            values.pop(name, None)
        else:
            found = list(_repeated(node, path))
            if not found:
                values[name], found = _validated(known[name], node, path)
        if found:
            wrong[name] = (*wrong.get(name, ()), *found)
            values.pop(name, None)
            problems += found
    problems.sort(key=lambda each: (each.line, each.column))
    return HeadwayYaml(values, wrong, tuple(problems))


def _validated(section: Section, node: yaml.Node, path: str) -> tuple[Any, list[Problem]]:
    """Return the section's value and no problem, or the problems."""
    from headway.kernel.headway_yaml.explaining import explained  # pydantic: a file without sections needs none of it

    places: dict[Location, Place] = {}
    plain = _plain(node, (), places)
    value, mistakes = explained(section, plain)
    return value, [_at(places, mistake, path) for mistake in mistakes]


def _at(places: dict[Location, Place], mistake: Mistake, path: str) -> Problem:
    """Return a mistake as a problem: at its value or key, or at the nearest place around that is in the text."""
    at = mistake.location
    while at not in places:
        at = at[:-1]
    place = places[at]
    node = place.key if mistake.of_key and place.key is not None else place.value
    return _problem(path, node, mistake.message, mistake.hint)


class Place(NamedTuple):
    """Where a value is, and where its key is; a value at the top has no key."""

    value: yaml.Node
    key: yaml.Scalar | None


def _plain(node: yaml.Node, at: Location, places: dict[Location, Place], key: yaml.Scalar | None = None) -> Any:
    places[at] = Place(node, key)
    if isinstance(node, yaml.Scalar):
        return node.value
    if isinstance(node, yaml.Sequence):
        return [_plain(item, (*at, number), places) for number, item in enumerate(node.items)]
    return {name.text: _plain(value, (*at, name.text), places, name) for name, value in node.pairs}


def _repeated(node: yaml.Node, path: str) -> Iterator[Problem]:
    """Yield a problem for each key that stands twice in a mapping."""
    if isinstance(node, yaml.Sequence):
        for item in node.items:
            yield from _repeated(item, path)
    elif isinstance(node, yaml.Mapping):
        seen: set[str] = set()
        for name, value in node.pairs:
            if name.text in seen:
                yield _problem(path, name, f"'{brief(name.text)}' stands here a second time", "Remove one of the two")
            seen.add(name.text)
            yield from _repeated(value, path)


def _unknown(path: str, key: yaml.Scalar, known: Iterable[str]) -> Problem:
    name = brief(key.text)
    hint = did_you_mean(name, known) or f"Sections: {', '.join(sorted(known))}; 'x-…' is for whatever you like"
    return _problem(path, key, f"there is no section '{name}'", hint)


def _problem(path: str, node: yaml.Node, message: str, hint: str) -> Problem:
    return Problem(path, node.line, node.column, message, hint, rule=_RULE)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.Scalar):
        return f"'{brief(node.text)}'"
    return "a list" if isinstance(node, yaml.Sequence) else "a mapping"
