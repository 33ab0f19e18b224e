"""The ledger: one append-only list of everything that happened in every room, and the typed links between subjects."""
