"""Containers of jobs, services, and actions, on a Docker engine."""
