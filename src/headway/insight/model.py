"""The numbers by which suspects are weighed, and what each is an estimate of.

Each possible reason of an incident is a hypothesis: one for each change in the ledger, and one for "something that is
not in the ledger". A hypothesis has a rate: how many incidents an hour it would lead us to expect just then. For a
change that is the share of such changes that cause an incident (``PRIOR``) times the density of the delay from change
to first symptom (``DELAYS``); for the rest it is how often a service has incidents that no change caused
(``OUTSIDE_PER_HOUR``). What was seen then multiplies each rate by how likely it would be if the hypothesis were
true. The shares of the rates in their sum are the probabilities. The numbers were chosen by judgement and then tuned on
simulated teams (``tests/insight/test_accuracy.py`` says on which seeds, and tests on others).
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.insight.changes import ChangeKind

Cause = Literal["deployment", "rollback", "configuration", "infrastructure", "secret", "policy", "other", "outside"]

LOOKED_BACK = timedelta(days=5)
"""Changes that began earlier than this before the first symptom are no suspects."""

CLOCK_SKEW = timedelta(minutes=2)
"""How far clocks may differ: a first symptom that much before a change may still come of it."""

LONGEST_LIST = 10
"""How many suspects an answer names."""

LEAST_PROBABILITY, MOST_OUTSIDE = 0.15, 0.25
"""The verdict is 'unknown' when the first suspect is less likely than this, or what is outside the ledger likelier."""

PRIOR: Mapping[Cause, float] = {
    "deployment": 0.06,
    "rollback": 0.006,
    "configuration": 0.07,
    "infrastructure": 0.06,
    "secret": 0.06,
    "policy": 0.01,
    "other": 0.01,
}
"""The share of changes that cause an incident."""

OUTSIDE_PER_HOUR = 0.0008
"""Incidents of one service an hour that no change in the ledger caused: one in about seven weeks."""

DELAYS: Mapping[Cause, Sequence[tuple[float, float]]] = {
    "deployment": ((0.62, 0.25), (0.20, 1.5), (0.18, 24.0)),
    "rollback": ((0.62, 0.25), (0.20, 1.5), (0.18, 24.0)),
    "configuration": ((0.55, 0.2), (0.30, 2.0), (0.15, 20.0)),
    "infrastructure": ((0.65, 0.25), (0.25, 2.0), (0.10, 20.0)),
    "secret": ((0.50, 0.25), (0.50, 6.0)),
    "policy": ((0.50, 0.25), (0.50, 6.0)),
    "other": ((0.50, 0.25), (0.50, 6.0)),
}
"""Delay from change to first symptom: a mixture of exponential distributions, (share, mean in hours)."""

SATURATION_DELAYS: Sequence[tuple[float, float]] = ((0.30, 0.3), (0.20, 2.0), (0.50, 16.0))
"""The same for whatever fills up slowly: incidents that show in saturation first."""

OUTAGE = timedelta(hours=1)
NEXT_TIME = 0.8
"""How likely what works now and then only (a job at night) shows a fault the first time it runs after the change.
What is outside the ledger would have to happen within such a time of just that run."""

WORKED_SINCE = 0.3
"""Factor for a change after which what fails now still worked, more than ``CLOCK_SKEW`` later."""

BEFORE_CHANGE = 0.3
"""Likelihood of a symptom that shows before its change, within ``CLOCK_SKEW``, against one right after it."""

OWN_SERVICE, CALLER, UNRELATED = 0.62, 0.03, 0.002
NEEDED = {1: 0.26, 2: 0.07, 3: 0.03}
"""How likely it shows first in the service that was changed, one that the changed one calls, an unrelated one, and (by
how many links away) in one that needs it, shared among those that need it."""

SHARED = {0: 0.8, 1: 0.8, 2: 0.4, 3: 0.15}
"""The same for changes of infrastructure and hosts, by how many links away what was changed is."""

ALSO_EXPLAINED, NOT_EXPLAINED = 1.0, 0.1
"""For each further service that is affected: it needs what was changed, or does not."""

SIGNALS: Mapping[str, Mapping[Cause, float]] = {
    "errors": {"deployment": 0.60, "configuration": 0.45, "infrastructure": 0.60, "secret": 0.95, "outside": 0.50},
    "latency": {"deployment": 0.24, "configuration": 0.32, "infrastructure": 0.35, "secret": 0.02, "outside": 0.24},
    "saturation": {"deployment": 0.15, "configuration": 0.22, "infrastructure": 0.04, "secret": 0.02, "outside": 0.24},
    "traffic": {"deployment": 0.01, "configuration": 0.01, "infrastructure": 0.01, "secret": 0.01, "outside": 0.02},
}
"""How likely an incident shows first in each golden signal; a cause that is not named is like a deployment."""

ERRORS: Mapping[str, Mapping[Cause, float]] = {
    "exception": {"deployment": 0.65, "configuration": 0.28, "infrastructure": 0.06, "secret": 0.07, "outside": 0.22},
    "timeout": {"deployment": 0.12, "configuration": 0.28, "infrastructure": 0.42, "secret": 0.02, "outside": 0.35},
    "connection": {"deployment": 0.07, "configuration": 0.25, "infrastructure": 0.43, "secret": 0.06, "outside": 0.23},
    "authentication": {
        "deployment": 0.06,
        "configuration": 0.10,
        "infrastructure": 0.06,
        "secret": 0.80,
        "outside": 0.04,
    },
    "certificate": {"deployment": 0.01, "configuration": 0.03, "infrastructure": 0.02, "secret": 0.04, "outside": 0.09},
    "exhaustion": {"deployment": 0.09, "configuration": 0.06, "infrastructure": 0.03, "secret": 0.02, "outside": 0.07},
}
"""How likely its error is of each family. In a service that only needs what was changed, see ``ERRORS_OF_CALLERS``."""

ERRORS_OF_CALLERS = {
    "exception": 0.32,
    "timeout": 0.35,
    "connection": 0.20,
    "authentication": 0.06,
    "certificate": 0.01,
    "exhaustion": 0.06,
}

FAMILIES: Sequence[tuple[str, str]] = (
    ("certificate", "certificate cert x509 tls ssl"),
    ("authentication", "auth credential permission forbidden denied token 401 403"),
    ("exhaustion", "memory oom disk quota toomany exhausted 429"),
    ("timeout", "timeout timedout deadline 504 408"),
    ("connection", "connection connect refused unreachable resolve dns unknownhost reset 502 503"),
)
"""Which family an error's type belongs to: the first that has a word which the type holds, else 'exception'."""

RESOURCES: Mapping[str, Mapping[Cause, float]] = {
    "memory": {"deployment": 0.65, "configuration": 0.35, "infrastructure": 0.25, "outside": 0.20},
    "cpu": {"deployment": 0.15, "configuration": 0.25, "infrastructure": 0.25, "outside": 0.45},
    "disk": {"deployment": 0.08, "configuration": 0.15, "infrastructure": 0.25, "outside": 0.20},
    "connections": {"deployment": 0.12, "configuration": 0.25, "infrastructure": 0.25, "outside": 0.15},
}
"""How likely each resource runs short, where it shows in saturation."""

APART_OUTSIDE = 0.1
"""Factor for 'outside' if a service is affected that does not need the first: it would have to reach both."""

RISING_WITHIN = timedelta(minutes=45)
RISING_SINCE, RISING_SINCE_OTHERWISE = 0.6, 0.12
"""How likely what runs short began to rise within that time of a change, if that is the reason and if not."""

NEW_SIGNATURE, NEW_SIGNATURE_OTHERWISE = 0.93, 0.45
"""How likely its error was never seen before the change, if the change is the reason and if not."""

STACK_MATCH = 0.85
"""How likely a deployment that is the reason touched a file of the stack trace. If it is not, the likelihood is how
often other deployments of the service touched one."""

MENTIONED, MENTIONED_OTHERWISE = 0.4, 0.01
"""How likely an error's message names a setting, secret or resource that was changed, if that is the reason or not."""

PEER_NEEDED, PEER_OWN, PEER_OUTSIDE, PEER_OTHERWISE, NO_PEER = 6.0, 0.2, 8.0, 0.15, 0.4
"""The failing calls go to another service: factor for a change of what is called, for one of the caller itself, for
'outside' if it is nobody's service here, and for a change of anything then; and for a change of what is called if no
failing call is known."""

RISEN = 1.5
"""From how many times the requests of a week before on they count as risen."""

TRAFFIC, TRAFFIC_OUTSIDE = (0.02, 0.98), (0.22, 0.78)
"""How likely requests have risen, or have not, with any change and with what is outside the ledger."""

TRAFFIC_ALERT, TRAFFIC_ALERT_OUTSIDE = 0.04, 0.16
"""How likely an alert says that requests rise, about then."""

SAME_HOSTS, OTHER_HOSTS, HOSTS_OUTSIDE, EVERYWHERE = 0.6, 0.02, 0.12, 0.4
"""How likely it shows on some hosts only: with a change of just those, with another, with what is outside; and how
likely it shows everywhere with a change of some hosts."""

RUNS_THERE, RUNS_NOT_THERE = 1.5, 0.1
"""What runs where it shows: the artifact of the deployment, or another."""

NOTHING_CHANGED = 0.03
"""Factor for an application that found nothing to change, or that did not succeed before it changed anything."""

TAKEN_BACK = 0.05
"""Factor for a deployment that was rolled back more than ``CLOCK_SKEW`` before the first symptom."""

SIZE_STEP, LARGEST_SIZE_FACTOR = 0.25, 2.0
"""Deployments of more commits fail more often: factor 0.75 for one, 0.25 more for each further, up to the largest."""


def density(cause: Cause, delay: timedelta, *, filling: bool = False) -> float:
    """Return how likely (per hour) a first symptom is so long after a change that is its reason; 0 for before it."""
    if delay < -CLOCK_SKEW:
        return 0.0
    hours = max(delay, timedelta(0)) / timedelta(hours=1)
    mixture = SATURATION_DELAYS if filling else DELAYS[cause]
    value = sum(share / mean * math.exp(-hours / mean) for share, mean in mixture)
    return value * BEFORE_CHANGE if delay < timedelta(0) else value


def likelihood(row: Mapping[Cause, float], cause: Cause) -> float:
    """Return a cause's number in a row of the tables; a cause that is not named is like a deployment."""
    return row.get(cause, row["deployment"])


def family(error: str) -> str:
    """Return the family of an error's type, e.g. ``timeout`` of ``DeadlineExceeded``."""
    plain = error.lower().replace("_", "").replace(" ", "")
    return next((name for name, words in FAMILIES if any(word in plain for word in words.split())), "exception")


def cause_of(kind: ChangeKind) -> Cause:
    """Return by which row of the tables a kind of change is weighed."""
    return "other" if kind in ("removal", "environment") else kind  # type: ignore[return-value]
