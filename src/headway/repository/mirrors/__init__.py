"""Mirrors: projects that follow a repository on another forge, so that a team can try Headway without moving."""
