"""Git LFS: large files beside the repository, on the kernel's blobs (https://github.com/git-lfs/git-lfs)."""
