"""What `headway check` finds beyond syntax, and its report of what runs where."""

from headway.integration.checks.checker import check_action, check_workflow

__all__ = ["check_action", "check_workflow"]
