"""Errors of identity.

HeadwayError
├── SignInError          the name or password is wrong, or the account may not sign in; never says which
├── ThrottledError       too many attempts; carries how long to wait
├── TakenError           a handle, address or name belongs to somebody else
├── InvalidNameError     a handle, password or address is not acceptable; says why
├── MissingScopeError    a token is good for less than what was asked
├── RankError            somebody gives or takes more than they have, or a team or installation would be nobody's
├── NotEmptyError        something cannot be deleted while it holds other things
├── ProviderError        an OpenID Connect provider did not answer, or not as it should
└── ExpiredLinkError     a one-time link was used before, is too old, or never existed
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class SignInError(HeadwayError):
    """The name or password is wrong, or the account may not sign in."""


class ThrottledError(HeadwayError):
    """Too many attempts."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many attempts; try again in {seconds} s")


class TakenError(HeadwayError):
    """A handle, address or name belongs to somebody else."""


class InvalidNameError(HeadwayError):
    """A handle, password or address is not acceptable."""


class RankError(HeadwayError):
    """Somebody gives or takes more than they have, or a team or installation would be nobody's."""


class NotEmptyError(HeadwayError):
    """Something cannot be deleted while it holds other things."""


class ProviderError(HeadwayError):
    """An OpenID Connect provider did not answer, or not as it should."""


class ExpiredLinkError(HeadwayError):
    """A one-time link was used before, is too old, or never existed."""


class MissingScopeError(HeadwayError):
    """A token is good for less than what was asked."""

    def __init__(self, scope: str, what: str) -> None:
        self.scope = scope
        super().__init__(f"the token lacks the scope '{scope}', which it takes to {what}")
