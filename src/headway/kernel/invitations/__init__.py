"""Invitations to the installation, to a team or to a project."""
