"""What is in a native cache: each path that was saved as ``<number>`` (a folder, a file, a link), and where it was."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from headway.integration.results.errors import NotFoundError
from headway.integration.results.trees import copy_tree, unwritable
from headway.kernel.copying import Copier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.native.places import Places

_PLACES = "places.json"


def save_paths(paths: Sequence[str], folder: str, places: Places) -> None:
    """Copy files and folders into a folder, and write down where they were. Raises ``OSError``.

    What is in a folder that is copied too is not copied again.
    """
    import json

    outermost = [path for path in paths if not any(path.startswith(f"{other}/") for other in paths)]
    for number, path in enumerate(outermost):
        _copy(path, os.path.join(folder, str(number)))
    with open(os.path.join(folder, _PLACES), "w", encoding="utf-8") as file:
        json.dump([places.stable(path) for path in outermost], file)


def restore_paths(folder: str, places: Places) -> int:
    """Copy what was saved to where it was, over what is there; return how many files that were.

    Raises ``ResultsError`` when something cannot be written, or the cache is damaged.
    """
    files = 0
    for number, target in enumerate(_targets(folder, places)):
        try:
            files += _copy(os.path.join(folder, str(number)), target)
        except OSError as error:
            raise unwritable(target, error) from error
    return files


def _targets(folder: str, places: Places) -> list[str]:
    """Return where each of the numbered paths belongs. Raises ``NotFoundError`` when that is not written down."""
    import json

    try:
        with open(os.path.join(folder, _PLACES), encoding="utf-8") as file:
            known = json.load(file)
        targets = [places.unstable(path) for path in known]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise NotFoundError(f"The cache is damaged: {error}") from error
    if not targets or not isinstance(known, list) or any(_is_odd(target) for target in targets):
        raise NotFoundError(f"The cache is damaged: it holds {known}")
    return targets


def _is_odd(target: str) -> bool:
    return not os.path.isabs(target) or ".." in target.split("/")


def _copy(origin: str, target: str) -> int:
    """Copy a folder, a file or a link; return how many files that were."""
    if os.path.isdir(origin) and not os.path.islink(origin):
        if os.path.islink(target) or os.path.isfile(target):
            os.unlink(target)
        return copy_tree(origin, target).files
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with suppress(FileNotFoundError):
        os.unlink(target)
    if os.path.islink(origin):
        os.symlink(os.readlink(origin), target)
        return 1
    name = os.path.basename(target)
    copier = Copier("/", os.path.dirname(target))
    copier.place(origin, name, os.stat(origin).st_mode & 0o7777)
    copier.finish()
    return copier.files
