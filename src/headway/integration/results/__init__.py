"""Artifacts of a run and caches across runs: what keeps them, and the service that GitHub's own clients speak to."""
