"""The gate: every change is asked for here before it is made, and answered with allow, deny or wait, and reasons."""

from headway.kernel.gate.gate import DeniedError, Gate, Rule
from headway.kernel.gate.verdicts import ALLOW, Request, Verdict, allow, deny, wait

__all__ = ["ALLOW", "DeniedError", "Gate", "Request", "Rule", "Verdict", "allow", "deny", "wait"]
