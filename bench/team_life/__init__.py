"""Months of a team's life as events and links of the ledger, from a seed: what tests, benchmarks and the demo stand on.

``generate`` streams what a team with its services would leave in the ledger: issues, commits, change requests, runs,
artifacts, releases, deployments to staging and production, configuration, infrastructure, secrets, alerts and
incidents. What only the generator knows, the reason of each incident, stands in ``Life.answers`` and nowhere else.
"""

from __future__ import annotations

from bench.team_life.generator import Life, generate
from bench.team_life.world import Answer

__all__ = ["Answer", "Life", "generate"]
