"""What the one who pushes is told of commits that are not verified, and what to do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.repository.signatures.records import Reason, Unverified

_SHOWN = 5
_AGAIN = "sign again with `git rebase --force-rebase -S <the last commit that is here>`"


def advice(unverified: Sequence[Unverified], account: str) -> list[str]:
    """Return the commits with their reasons, some of them, and for each reason what to do.

    ``account``: the address of the pages of one's account.
    """
    lines = [f"  {each.oid[:12]} {each.verdict.reason}: {each.verdict.meaning}" for each in unverified[:_SHOWN]]
    if len(unverified) > _SHOWN:
        lines.append(f"  and {len(unverified) - _SHOWN} more")
    first: dict[Reason, Unverified] = {}
    for each in unverified:
        first.setdefault(each.verdict.reason, each)
    return [*lines, *(f"{reason}: {_what_to_do(each, account)}" for reason, each in first.items())]


def _what_to_do(each: Unverified, account: str) -> str:
    verdict = each.verdict
    page = f"{account}/ssh-keys" if verdict.fingerprint.startswith("SHA256:") else f"{account}/gpg-keys"
    match verdict.reason:
        case "unsigned":
            return (
                "`git config gpg.format ssh` and `git config user.signingkey ~/.ssh/id_ed25519.pub` choose a key, "
                f"which you add at {account}/ssh-keys; then {_AGAIN}"
            )
        case "unknown_key":
            return f"add the key {verdict.fingerprint} at {page}; `git config user.signingkey` says which one git uses"
        case "bad_email":
            return (
                f"the key is {verdict.signer}'s, and '{each.email[:100]}' is not {verdict.signer}'s address; "
                f"set `git config user.email` to it or change it at {account}, and {_AGAIN}"
            )
        case "unverified_email":
            return f"{verdict.signer} confirms '{each.email[:100]}' at {account}"
        case "expired_key":
            return f"extend the key, and replace it at {page}"
        case "unknown_signature_type":
            return f"`git config gpg.format` is ssh or openpgp; then {_AGAIN}"
        case _:
            return f"the commit was changed after it was signed, or the signature was; {_AGAIN}"
