"""GitHub's own JavaScript as an oracle: installs it, bundles it, talks to it."""
