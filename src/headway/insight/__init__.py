"""Insight: what is derived from the ledger alone, by pure functions over plain data."""
