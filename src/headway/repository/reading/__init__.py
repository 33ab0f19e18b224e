"""Everything that reads a bare repository: no database, no network, plain functions that are called from threads.

`opening` gives a `Repository`; `resolving` says what a text such as `main/src/app.py` stands for; `refs`, `trees`,
`blobs`, `commits`, `diffs`, `patches`, `comparing`, `archives` and `blame` read; `history`, `search` and `listing` ask
the index (`index/`), which `index.building.update` brings up to date after a push; `maintenance` keeps Git fast. Paths
and names are text in which every byte survives (`names`).
"""

from headway.repository.reading.opening import Repository, open_repository
from headway.repository.reading.resolving import Resolved, resolve

__all__ = ["Repository", "Resolved", "open_repository", "resolve"]
