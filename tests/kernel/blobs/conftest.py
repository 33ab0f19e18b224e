from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.kernel.blobs.disk import DiskStore
from headway.kernel.blobs.s3 import S3Store
from tests.s3 import bucket, s3

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.blobs.records import Store

__all__ = ["bucket", "s3"]


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "disk":
        return DiskStore(tmp_path / "blobs")
    return S3Store(request.getfixturevalue("bucket"), tmp_path / "incoming")
