"""``actions/cache``, ``cache/restore`` and ``cache/save``: folders by reflink, without tar and without HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.native.cached import restore_paths, save_paths
from headway.integration.native.globbing import Search
from headway.integration.native.places import Places, required, stores_of
from headway.integration.results.errors import AlreadyExistsError, ResultsError
from headway.integration.results.names import check_keys
from headway.integration.workflows.conditions import SUCCESS
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall
    from headway.integration.results.records import CacheEntry


class _Wanted(NamedTuple):
    """What a step asks for: its paths as patterns, the key, and the version, which is that of the paths."""

    patterns: tuple[str, ...]
    key: str
    version: str


def cache(call: NativeCall) -> None:
    """Restore now, and save when the job has succeeded unless the primary key was a hit ("cache", *Inputs*)."""
    hit = False

    def save_later(post: NativeCall) -> None:
        if hit:
            post.log(f"Cache hit occurred on the primary key {required(post, 'key')}, not saving cache.")
        else:
            _save(post)

    call.after(save_later, SUCCESS)
    if call.input("save-always"):
        call.warn("save-always does not work as intended; use actions/cache/restore and actions/cache/save instead")
    hit = _restore(call)


def restore(call: NativeCall) -> None:
    """Restore only ("cache/restore")."""
    call.set_output("cache-primary-key", required(call, "key"))
    _restore(call, tell_key=True)


def save(call: NativeCall) -> None:
    """Save only ("cache/save"). A cache that cannot be saved is a warning, not a failure."""
    if not _save(call):
        call.warn("Cache save failed.")


def _restore(call: NativeCall, *, tell_key: bool = False) -> bool:
    """Restore what the keys lead to; return whether it was of the primary key."""
    key = required(call, "key")
    restore_keys = _lines(call, "restore-keys")
    places = Places(call)
    wanted = _wanted(call, places)
    check_keys([key, *restore_keys])
    entry = stores_of(call).caches.find([key, *restore_keys], wanted.version)
    if entry is None:
        if _is_true(call, "fail-on-cache-miss"):
            raise HeadwayError(f"Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {key}")
        call.log(f"Cache not found for input keys: {', '.join([key, *restore_keys])}")
        return False
    hit = entry.key.lower() == key.lower()
    call.log(f"Cache hit for{'' if hit else ' restore-key'}: {entry.key}")
    if _is_true(call, "lookup-only"):
        call.log(f"Cache found and can be restored from key: {entry.key}")
    elif not _unpack(call, places, entry):
        return False
    if tell_key:
        call.set_output("cache-matched-key", entry.key)
    call.set_output("cache-hit", "true" if hit else "false")
    return hit


def _unpack(call: NativeCall, places: Places, entry: CacheEntry) -> bool:
    """Write an entry's files where they belong. What goes wrong is a warning: caching is optional, as GitHub has it."""
    started = time.monotonic()
    try:
        with stores_of(call).caches.content(entry) as folder:
            files = restore_paths(folder, places)
    except ResultsError as error:
        call.warn(f"Failed to restore: {error}")
        return False
    call.log(
        f"Cache restored from key: {entry.key} ({files:,} files, {entry.size / 1e6:,.1f} MB "
        f"in {time.monotonic() - started:.2f} s)"
    )
    return True


def _save(call: NativeCall) -> bool:
    """Save; return whether there is something new. What goes wrong is a warning."""
    started = time.monotonic()
    places = Places(call)
    wanted = _wanted(call, places)
    try:
        paths = _matching(wanted, places)
        caches = stores_of(call).caches
        caches.reserve(wanted.key, wanted.version)
        entry = caches.keep(wanted.key, wanted.version, lambda folder: save_paths(paths, folder, places))
    except AlreadyExistsError as error:
        call.log(f"Failed to save: {error}")
        return False
    except HeadwayError as error:
        call.warn(f"Failed to save: {error}")
        return False
    call.log(f"Cache saved with key: {entry.key} ({entry.size / 1e6:,.1f} MB in {time.monotonic() - started:.2f} s)")
    return True


def _matching(wanted: _Wanted, places: Places) -> list[str]:
    """Return what the patterns match. Raises ``HeadwayError`` when that is nothing."""
    search = Search(
        places.patterns("\n".join(wanted.patterns)), places.workspace, places.home, descendants=False, hidden=True
    )
    paths = list(search.paths())
    if not paths:
        raise HeadwayError(
            "Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is "
            f"being saved: {', '.join(wanted.patterns)}"
        )
    return paths


def _wanted(call: NativeCall, places: Places) -> _Wanted:
    """Return what the inputs ask for. The version does not depend on where this run happens to have its workspace."""
    import hashlib

    required(call, "path")
    patterns = tuple(_lines(call, "path"))
    stable = [places.stable(places.patterns(pattern)) for pattern in patterns]
    version = hashlib.sha256("|".join(["native-1", *stable]).encode(errors="surrogateescape")).hexdigest()
    return _Wanted(patterns, required(call, "key"), version)


def _lines(call: NativeCall, name: str) -> list[str]:
    lines = (line.strip() for line in call.input(name).split("\n"))
    return ["!" + line[1:].strip() if line.startswith("!") else line for line in lines if line]


def _is_true(call: NativeCall, name: str) -> bool:
    return call.input(name).lower() == "true"
