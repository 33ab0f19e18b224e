from __future__ import annotations

from tests.docker import container_project, daemon

__all__ = ["container_project", "daemon"]
