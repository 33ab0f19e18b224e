"""The pages of one's own account: profile, sign-in, sessions, tokens, SSH and GPG keys, notifications."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError, NotFoundError
from headway.kernel.identity import store
from headway.kernel.identity.roles import SCOPES
from headway.kernel.identity.ssh_keys import own_keys
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, required, submitted, wanted_token, words_of
from headway.web.rendering import Pages
from headway.web.requests import browser_of
from headway.web.security import safe_return_path

Text = Annotated[str, Form(max_length=300)]
Long = Annotated[str, Form(max_length=20_000)]
Longer = Annotated[str, Form(max_length=100_000)]
Scopes = Annotated[list[str], Form()]
_ACCOUNT = "/-/account"


class SettingsPages:
    """Pages of the account of who is signed in."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._platform = platform
        self._forms = Forms(platform, pages)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix=_ACCOUNT)
        add = router.add_api_route
        add("", self.profile, methods=["GET"])
        add("", self.save_profile, methods=["POST"])
        add("/confirm", self.confirm_email, methods=["POST"])
        add("/sign-in", self.sign_in, methods=["GET"])
        add("/sign-in", self.change_password, methods=["POST"])
        add("/identities/{identity_id}/unlink", self.unlink, methods=["POST"])
        add("/sessions", self.sessions, methods=["GET"])
        add("/sessions/end-others", self.end_others, methods=["POST"])
        add("/sessions/{session_id}/end", self.end_session, methods=["POST"])
        add("/tokens", self.tokens, methods=["GET"])
        add("/tokens", self.create_token, methods=["POST"])
        add("/tokens/{token_id}/revoke", self.revoke_token, methods=["POST"])
        add("/ssh-keys", self.keys, methods=["GET"])
        add("/ssh-keys", self.add_key, methods=["POST"])
        add("/ssh-keys/{key_id}/remove", self.remove_key, methods=["POST"])
        add("/gpg-keys", self.gpg_keys, methods=["GET"])
        add("/gpg-keys", self.add_gpg_key, methods=["POST"])
        add("/gpg-keys/{key_id}/remove", self.remove_gpg_key, methods=["POST"])
        add("/notifications", self.notifications, methods=["GET"])
        add("/notifications", self.save_notifications, methods=["POST"])
        add("/watches", self.watch, methods=["POST"])
        return router

    def profile(self, request: Request) -> Response:
        """Show name and e-mail address."""
        return self._profile(request)

    def save_profile(self, request: Request, name: Text = "", email: Text = "") -> Response:
        """Change name and e-mail address."""
        required(request)
        actor, recovery = request.state.actor, self._platform.recovery
        before = self._person(request)
        if before is None:
            raise NotFoundError("only people have a profile")
        done = "saved"
        try:
            if name.strip() != before.account.name:
                recovery.change_name(actor, name)
            if email.strip() != (before.email or ""):
                done = "mailed" if recovery.change_email(actor, email.strip()) else "saved"
        except HeadwayError as error:
            return self._profile(request, words_of(error), status_of(error)[0], name=name, email=email)
        return RedirectResponse(f"{_ACCOUNT}?done={done}", 303)

    def confirm_email(self, request: Request) -> Response:
        """Send a link to the address that the account has, to confirm it."""
        required(request)
        person = self._person(request)
        if person is None or not person.email:
            raise NotFoundError("there is no address to confirm")
        email = person.email
        return submitted(
            lambda: self._platform.recovery.change_email(request.state.actor, email),
            f"{_ACCOUNT}?done=mailed",
            lambda problem, status: self._profile(request, problem, status),
        )

    def sign_in(self, request: Request) -> Response:
        """Show in which ways one signs in."""
        return self._sign_in(request)

    def change_password(self, request: Request, password: Text = "", current: Text = "") -> Response:
        """Choose another password."""
        required(request)
        identity, browser = self._platform.identity, browser_of(request)
        return submitted(
            lambda: identity.change_password(request.state.actor, current, password, browser),
            f"{_ACCOUNT}/sign-in?done=password",
            lambda problem, status: self._sign_in(request, problem, status),
        )

    def unlink(self, request: Request, identity_id: int) -> Response:
        """Take a linked identity from the account."""
        required(request)
        openid = self._platform.openid
        if openid is None:
            raise NotFoundError("there are no providers to sign in with here")
        return submitted(
            lambda: openid.unlink(request.state.actor, identity_id),
            f"{_ACCOUNT}/sign-in?done=unlinked",
            lambda problem, status: self._sign_in(request, problem, status),
        )

    def sessions(self, request: Request) -> Response:
        """Show the browsers in which one is signed in."""
        required(request)
        values = {"sessions": self._platform.people.sessions(request.state.actor)}
        return self._forms.show(request, "account_sessions.html", values)

    def end_session(self, request: Request, session_id: int) -> Response:
        """Sign out one browser."""
        self._platform.people.end_session(request.state.actor, session_id)
        return RedirectResponse(f"{_ACCOUNT}/sessions?done=ended", 303)

    def end_others(self, request: Request) -> Response:
        """Sign out all other browsers."""
        self._platform.people.end_other_sessions(request.state.actor)
        return RedirectResponse(f"{_ACCOUNT}/sessions?done=ended", 303)

    def tokens(self, request: Request) -> Response:
        """Show the tokens."""
        return self._tokens(request)

    def create_token(self, request: Request, name: Text = "", days: int = Form(90), scopes: Scopes = []) -> Response:  # noqa: B006
        """Create a token, and show its secret this once."""
        required(request)
        wanted = wanted_token(self._platform.clock(), name, days, scopes)
        try:
            made = self._platform.tokens.create_personal(request.state.actor, wanted)
        except HeadwayError as error:
            return self._tokens(request, words_of(error), status_of(error)[0], name=name, days=days, chosen=scopes)
        values = self._token_values(request) | {"created": made}
        return self._forms.show_once(request, "account_tokens.html", values)

    def revoke_token(self, request: Request, token_id: int) -> Response:
        """Revoke a token."""
        self._platform.tokens.revoke_own(request.state.actor, token_id)
        return RedirectResponse(f"{_ACCOUNT}/tokens?done=revoked", 303)

    def keys(self, request: Request) -> Response:
        """Show the SSH keys."""
        return self._keys(request)

    def add_key(self, request: Request, key: Long = "", name: Text = "") -> Response:
        """Add an SSH key."""
        required(request)
        actor = request.state.actor
        # What was pasted is not shown again: it may have been the private key.
        return submitted(
            lambda: self._platform.ssh_keys.add(actor, own_keys(actor), key, name),
            f"{_ACCOUNT}/ssh-keys?done=key",
            lambda problem, status: self._keys(request, problem, status, name=name),
        )

    def remove_key(self, request: Request, key_id: int) -> Response:
        """Remove an SSH key."""
        self._platform.ssh_keys.remove(request.state.actor, own_keys(request.state.actor), key_id)
        return RedirectResponse(f"{_ACCOUNT}/ssh-keys?done=removed", 303)

    def gpg_keys(self, request: Request) -> Response:
        """Show the OpenPGP keys."""
        return self._gpg_keys(request)

    def add_gpg_key(self, request: Request, key: Longer = "", name: Text = "") -> Response:
        """Add an OpenPGP key."""
        required(request)
        return submitted(
            lambda: self._platform.gpg_keys.add(request.state.actor, key, name),
            f"{_ACCOUNT}/gpg-keys?done=key",
            lambda problem, status: self._gpg_keys(request, problem, status, name=name),
        )

    def remove_gpg_key(self, request: Request, key_id: int) -> Response:
        """Remove an OpenPGP key."""
        self._platform.gpg_keys.remove(request.state.actor, key_id)
        return RedirectResponse(f"{_ACCOUNT}/gpg-keys?done=removed", 303)

    def notifications(self, request: Request) -> Response:
        """Show what one watches, and how one is told."""
        return self._notifications(request)

    def save_notifications(self, request: Request, by_mail: bool = Form(False)) -> Response:
        """Choose how one is told."""
        self._platform.inbox.set_wants_mail(request.state.actor, by_mail=by_mail)
        return RedirectResponse(f"{_ACCOUNT}/notifications?done=saved", 303)

    def watch(self, request: Request, project: Text = "", level: Text = "", next: Text = "") -> Response:
        """Watch or ignore a project, or neither; then go on to `next`, a page of ours."""
        required(request)
        actor = request.state.actor

        def work() -> None:
            subject = project.strip()
            if not subject.startswith("project:") or level in ("watch", "ignore"):
                owner, _, name = subject.removeprefix("project:").partition("/")
                subject = self._platform.projects.open(actor, owner, name, "project.read").project.subject
            self._platform.inbox.watch(actor, subject, level if level in ("watch", "ignore") else None)  # type: ignore[arg-type]

        return submitted(
            work,
            safe_return_path(next) if next else f"{_ACCOUNT}/notifications?done=saved",
            lambda problem, status: self._notifications(request, problem, status, project=project),
        )

    def _person(self, request: Request) -> store.Person | None:
        account_id = request.state.actor.account_id
        if account_id is None:
            return None
        return self._platform.database.read(lambda connection: store.person_by_id(connection, account_id))

    def _profile(self, request: Request, problem: str = "", status: int = 200, **given: str) -> Response:
        required(request)
        person = self._person(request)
        values: dict[str, Any] = {
            "person": person,
            "name": person.account.name if person else request.state.actor.name,
            "email": (person.email if person else "") or "",
            "by_mail": self._platform.outbox.is_set_up,
        }
        return self._forms.show(request, "account_profile.html", values | given, problem, status)

    def _sign_in(self, request: Request, problem: str = "", status: int = 200) -> Response:
        required(request)
        person, openid = self._person(request), self._platform.openid
        values = {
            "person": person,
            "identities": openid.identities(request.state.actor) if openid else [],
            "providers": openid.labels() if openid else [],
        }
        return self._forms.show(request, "account_sign_in.html", values, problem, status)

    def _token_values(self, request: Request) -> dict[str, Any]:
        found = self._platform.tokens.own(request.state.actor)
        return {"tokens": found, "scopes": SCOPES, "created": None, "name": "", "days": 90, "chosen": []}

    def _tokens(self, request: Request, problem: str = "", status: int = 200, **given: Any) -> Response:
        required(request)
        return self._forms.show(request, "account_tokens.html", self._token_values(request) | given, problem, status)

    def _keys(self, request: Request, problem: str = "", status: int = 200, name: str = "") -> Response:
        required(request)
        found = self._platform.ssh_keys.of(own_keys(request.state.actor, "read:user"))
        return self._forms.show(request, "account_ssh_keys.html", {"keys": found, "name": name}, problem, status)

    def _gpg_keys(self, request: Request, problem: str = "", status: int = 200, name: str = "") -> Response:
        required(request)
        found = self._platform.gpg_keys.own(request.state.actor)
        values = {"keys": found, "name": name, "now": self._platform.clock()}
        return self._forms.show(request, "account_gpg_keys.html", values, problem, status)

    def _notifications(self, request: Request, problem: str = "", status: int = 200, project: str = "") -> Response:
        required(request)
        actor, person = request.state.actor, self._person(request)
        values = {
            "wants_mail": self._platform.inbox.wants_mail(actor),
            "watched": self._platform.inbox.watched(actor),
            "project": project,
            "can_mail": self._platform.outbox.is_set_up and bool(person and person.email_verified),
        }
        return self._forms.show(request, "account_notifications.html", values, problem, status)
