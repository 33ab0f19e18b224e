"""Asking all rules that know about an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from headway.kernel.errors import HeadwayError
from headway.kernel.gate.verdicts import Request, Verdict, combined, deny
from headway.kernel.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headway.kernel.identity.actors import Actor

Rule: TypeAlias = Callable[[Request], Verdict | None]
"""Answers a request, or returns ``None`` when it has nothing to say about it. Pure, or at least without effects."""


class DeniedError(HeadwayError):
    """The gate said no, or not yet. ``verdict`` has the reasons."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__("; ".join(verdict.reasons) or "this is not allowed")


class Gate:
    """All rules of the installation. A rule that fails is a no: the gate fails closed."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = list(rules)

    def add(self, rule: Rule) -> None:
        """Let one more rule have its say."""
        self._rules.append(rule)

    def check(self, actor: Actor, action: str, subject: str, facts: Mapping[str, Any] | None = None) -> Verdict:
        """Return whether ``actor`` may do ``action`` to ``subject``: the strictest of all answers."""
        request = Request(actor, action, subject, facts or {})
        answers = (self._ask(rule, request) for rule in self._rules)
        return combined(answer for answer in answers if answer is not None)

    def require(self, actor: Actor, action: str, subject: str, facts: Mapping[str, Any] | None = None) -> None:
        """Raise ``DeniedError`` unless the answer is yes."""
        verdict = self.check(actor, action, subject, facts)
        if not verdict.allowed:
            raise DeniedError(verdict)

    @staticmethod
    def _ask(rule: Rule, request: Request) -> Verdict | None:
        try:
            return rule(request)
        except Exception:
            log.exception("a rule of the gate failed", action=request.action, subject=request.subject)
            return deny("a rule failed, and so the answer is no; the log says more")
