"""What is asked of the gate and what it answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headway.kernel.identity.actors import Actor

Outcome = Literal["allow", "wait", "deny"]
_SEVERITY: dict[Outcome, int] = {"allow": 0, "wait": 1, "deny": 2}


class Request(NamedTuple):
    """The question whether ``actor`` may do ``action`` to ``subject``, given these facts."""

    actor: Actor
    action: str
    subject: str
    facts: Mapping[str, Any]


class Verdict(NamedTuple):
    """An answer; the reasons say what was checked, what was seen, and what to do."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes, now."""
        return self.outcome == "allow"


ALLOW = Verdict("allow")


def allow(*reasons: str) -> Verdict:
    """Return a yes."""
    return Verdict("allow", reasons)


def deny(*reasons: str) -> Verdict:
    """Return a no."""
    return Verdict("deny", reasons)


def wait(*reasons: str) -> Verdict:
    """Return a not yet."""
    return Verdict("wait", reasons)


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the strictest of several answers, with the reasons of all that are as strict; none at all is a no."""
    found = list(verdicts)
    if not found:
        return deny("no rule allows this")
    outcome = max((verdict.outcome for verdict in found), key=_SEVERITY.__getitem__)
    reasons = (reason for verdict in found if verdict.outcome == outcome for reason in verdict.reasons)
    return Verdict(outcome, tuple(dict.fromkeys(reasons)))
