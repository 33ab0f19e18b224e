"""The closed list of kinds of links, each with its meaning and the direction in which a change travels along it."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

LinkKind = Literal[
    "contains",
    "built-from",
    "tested-by",
    "produced",
    "released-as",
    "deployed-as",
    "runs-as",
    "caused",
    "fixed-by",
    "resolves",
    "depends-on",
    "decided-by",
    "requested-by",
    "supersedes",
]


class LinkMeaning(NamedTuple):
    """What a kind of link says of its source and target.

    ``forward``: the loop runs from source to target (a run *produced* an artifact), else from target to source (an
    artifact was *built-from* a commit). ``walked``: whether looking for ancestors and descendants follows it.
    """

    meaning: str
    forward: bool
    walked: bool = True


LINK_KINDS: dict[LinkKind, LinkMeaning] = {
    "contains": LinkMeaning("a push, change request or release holds a commit or artifact", forward=False),
    "built-from": LinkMeaning("an artifact or release was made from a commit", forward=False),
    "tested-by": LinkMeaning("a commit or artifact was tried by a run", forward=True),
    "produced": LinkMeaning("a run made an artifact or a plan", forward=True),
    "released-as": LinkMeaning("an artifact is part of a release", forward=True),
    "deployed-as": LinkMeaning("a release, configuration or plan went to an environment as a deployment", forward=True),
    "runs-as": LinkMeaning("a deployment runs as an instance of a service", forward=True),
    "caused": LinkMeaning(
        "the source is the reason of the target: a deployment of an alert, an alert of an incident", True
    ),
    "fixed-by": LinkMeaning("an incident or alert was ended by a change, commit or deployment", forward=True),
    "resolves": LinkMeaning("a change request or commit settles an issue", forward=False),
    "depends-on": LinkMeaning("the source needs the target", forward=False),
    "decided-by": LinkMeaning("a policy, a rule or a person allowed or denied the source", forward=False),
    "requested-by": LinkMeaning("a person, or what acts for one, asked for the source", forward=False),
    "supersedes": LinkMeaning("the source took the place of the target", forward=False, walked=False),
}

if set(get_args(LinkKind)) != set(LINK_KINDS):
    raise AssertionError("a kind of link has no meaning")
