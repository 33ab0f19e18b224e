"""The syntax of workflows and actions: text → typed records with every problem found."""

from headway.integration.workflows.convert import ReadAction, ReadWorkflow, read_action, read_workflow
from headway.integration.workflows.reusable import CalledFile, LinkedWorkflow, Loader, link

__all__ = [
    "CalledFile",
    "LinkedWorkflow",
    "Loader",
    "ReadAction",
    "ReadWorkflow",
    "link",
    "read_action",
    "read_workflow",
]
