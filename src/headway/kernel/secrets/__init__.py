"""Secrets and variables of projects, their environments, and the installation; secrets are encrypted at rest."""
