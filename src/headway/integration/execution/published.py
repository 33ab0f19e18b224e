"""What published actions need so that they work on a machine that is not GitHub's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.expressions import to_string

if TYPE_CHECKING:
    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation


def published_variables(invocation: Invocation, action: ResolvedAction) -> dict[str, str]:
    """Return the variables that an action is given beside those that all actions get.

    ``actions/checkout`` fetches the run's own repository from the server; git is told to take the user's instead, with
    commits that were never pushed. It insists on a token, which that needs none of.
    """
    source = invocation.job.host.source
    if action.repository.lower() != "actions/checkout" or source is None:
        return {}
    github = invocation.job.contexts["github"]
    if not isinstance(github, dict):
        return {}
    address = f"{to_string(github.get('server_url'))}/{to_string(github.get('repository'))}"
    variables = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.{source.common_dir}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
        "GIT_CONFIG_KEY_1": "protocol.file.allow",
        "GIT_CONFIG_VALUE_1": "always",
    }
    return variables if to_string(github.get("token")) else {**variables, "INPUT_TOKEN": "none"}
