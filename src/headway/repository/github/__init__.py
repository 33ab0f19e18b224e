"""The part of GitHub's REST API that tools which read repositories need, under ``/api/v3``."""
