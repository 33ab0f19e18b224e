"""The central repository: Git hosting, browsing, branch rules, change requests and review."""
