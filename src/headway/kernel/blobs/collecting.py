"""Deleting what nothing uses any more.

A blob is first *doomed*, in a transaction: from then on it can be neither used nor stored. Then its content is
deleted, then its row. Whoever stores the same content meanwhile waits for the end of it, so that no file that was
just written is deleted by mistake. A crash leaves doomed rows, with which the next round begins.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from headway.kernel.blobs import uses
from headway.kernel.logs import log

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.blobs.blobs import Blobs
    from headway.kernel.clock import Clock
    from headway.kernel.database import Database

GRACE = timedelta(days=1)
"""How long a blob stays that nothing uses; longer than any upload or backup takes."""

_STEP = 500
_SWEEP_EVERY = timedelta(hours=12)


class Collecting:
    """The controller that deletes blobs."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock, grace: timedelta = GRACE) -> None:
        self._database = database
        self._store = blobs.store
        self._clock = clock
        self._grace = grace
        self._swept: datetime | None = None

    def collect(self) -> int:
        """Delete what nothing has used for the grace time. Return how many blobs. Idempotent."""
        deleted = self.delete_unused()
        if self._swept is None or self._clock() - self._swept > _SWEEP_EVERY:
            deleted += self._sweep(self._clock() - self._grace)
            self._swept = self._clock()
        return deleted

    def delete_unused(self) -> int:
        """Delete what the database knows and nothing has used for the grace time. Return how many blobs."""
        before = self._clock() - self._grace
        deleted = self._delete_doomed()
        while due := self._database.read(lambda connection: uses.unused_since(connection, before, _STEP)):
            self._database.write(partial(uses.doom_unused, digests=due, before=before))
            deleted += self._delete_doomed()
        return deleted

    def _sweep(self, before: datetime) -> int:
        """Delete content that no row speaks of: from before a restored backup, or of a process that was killed."""
        _delete_unfinished(self._store.incoming, before)
        deleted = 0
        old = (each.digest for each in self._store.listed() if each.modified < before)
        while some := list(itertools.islice(old, _STEP)):
            strays = self._database.read(partial(uses.unknown, digests=some))
            if strays:
                log.warning("blobs that nothing speaks of are deleted", count=len(strays))
                self._database.write(partial(uses.doom_unknown, digests=sorted(strays), now=self._clock()))
                deleted += self._delete_doomed()
        return deleted

    def _delete_doomed(self) -> int:
        deleted = 0
        while digests := self._database.read(lambda connection: uses.doomed(connection, _STEP)):
            for digest in digests:
                self._store.delete(digest)
            self._database.write(partial(uses.forget, digests=digests))
            deleted += len(digests)
        return deleted


def _delete_unfinished(folder: Path, before: datetime) -> None:
    if folder.is_dir():
        for entry in folder.iterdir():
            if datetime.fromtimestamp(entry.stat().st_mtime, UTC) < before:
                entry.unlink(missing_ok=True)
