"""A run on this machine: the workflows of a repository, its dirty tree, no server."""
