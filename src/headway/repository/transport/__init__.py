"""Clone, fetch and push: Git's own programs do the work, over HTTP and SSH."""
