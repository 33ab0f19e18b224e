"""Blobs: bytes that are kept under their SHA-256, on disk or on S3, for as long as something uses them."""

from headway.kernel.blobs.blobs import Blobs
from headway.kernel.blobs.records import Blob

__all__ = ["Blob", "Blobs"]
