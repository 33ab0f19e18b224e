"""What a backup of the whole installation consists of, beside the database."""

from headway.kernel.backup import Part
from headway.kernel.blobs.backups import copy_blobs
from headway.repository.backups import copy_repositories

PARTS = (Part("git", "repositories", copy_repositories), Part("blobs", "blobs", copy_blobs))
