"""What an operator can set: in the environment (`HEADWAY_PORT=80`), in `headway.toml`, or not at all.

Every setting is described here and in docs/settings.md; a test holds the two together.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

from headway.kernel.errors import InputError, Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from pydantic_settings import PydanticBaseSettingsSource

MEBIBYTE = 1024 * 1024


def default_folder() -> Path:
    """Return where everything is kept when nobody said: a system's folder for root, else the user's."""
    if hasattr(os, "getuid") and os.getuid() == 0:
        return Path("/var/lib/headway")
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "headway"


class Section(BaseModel):
    """A table of `headway.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenIdProvider(Section):
    """A server that people can sign in with (OpenID Connect)."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$", description="name in addresses, e.g. `google`")
    label: str = Field("", description="what the button says; the name when empty")
    issuer: str = Field(description="the issuer's address; `/.well-known/openid-configuration` is read below it")
    client_id: str = Field(description="the client's identifier at the provider")
    client_secret: SecretStr = Field(SecretStr(""), description="the client's secret at the provider")
    allow_sign_up: bool = Field(False, description="create accounts for people who sign in for the first time")


class Limits(Section):
    """What nobody may exceed."""

    request_bytes: int = Field(10 * MEBIBYTE, ge=1024, description="body of a request that is not Git or a blob")
    push_bytes: int = Field(4096 * MEBIBYTE, ge=1024, description="pack of one push")
    push_refs: int = Field(50_000, ge=1, description="branches and tags in one push")
    file_bytes: int = Field(10 * MEBIBYTE, ge=1024, description="file that a page or the JSON API shows")
    lfs_bytes: int = Field(5120 * MEBIBYTE, ge=1024, description="one object of Git LFS")
    transfers: int = Field(8, ge=1, description="clones and pushes that run at the same time; others wait")
    transfer_seconds: int = Field(3600, ge=10, description="how long one clone or push may take")
    silence_seconds: int = Field(300, ge=1, description="how long a client may neither send nor take anything")
    request_seconds: int = Field(60, ge=1, description="until a request is here that is not Git or a blob")
    connections: int = Field(800, ge=10, description="connections over HTTP at once; the idle ones make room")


class Mail(Section):
    """How e-mail is sent."""

    server: str = Field("", description="`smtp://user:password@host:port` or `smtps://…`; empty: no e-mail is sent")
    sender: str = Field("headway@localhost", description="the address that e-mail comes from")


class Ssh(Section):
    """Git over SSH."""

    enabled: bool = Field(True, description="answer Git over SSH")
    host: str = Field("", description="address to listen on; that of HTTP when empty")
    port: int = Field(8422, ge=0, le=65535, description="port to listen on; 0 takes a free one")


class Settings(BaseSettings):
    """All settings; immutable."""

    model_config = SettingsConfigDict(
        env_prefix="HEADWAY_", env_nested_delimiter="__", extra="ignore", frozen=True, validate_default=True
    )

    data: Path = Field(default_factory=default_folder, description="the folder that holds everything that is kept")
    host: str = Field("127.0.0.1", description="address to listen on; `0.0.0.0` for all of the machine's")
    port: int = Field(8420, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    base_url: HttpUrl | None = Field(None, description="the address that people use, e.g. `https://dev.example.com`")
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="addresses whose `X-Forwarded-*` headers are believed"
    )
    database: str = Field("", description="`postgresql://…`; a SQLite file in the data folder when empty")
    database_seconds: int = Field(
        75, ge=1, description="how long PostgreSQL may say nothing until a connection is given up"
    )
    blobs: str = Field(
        "", description="`s3://bucket/prefix?endpoint=…&region=…`; a folder in the data folder when empty"
    )
    key: SecretStr = Field(
        SecretStr(""),
        description="the key of secrets, base64 (several: the newest first); a file in the data folder when empty",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="what is worth a line in the log"
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="`auto`: text on a terminal, else JSON lines"
    )
    session_days: int = Field(30, ge=1, le=400, description="how long a browser stays signed in without being used")
    invitation_days: int = Field(7, ge=1, le=90, description="how long an invitation can be accepted")
    deletion_days: int = Field(14, ge=0, le=365, description="how long a deleted project can be brought back")
    inbox_days: int = Field(
        180, ge=1, le=3650, description="how long a notification is kept once it was read; an unread one twice as long"
    )
    lease_seconds: int = Field(
        30, ge=2, le=600, description="how long another server on the same database waits for one that is gone"
    )
    push_to_create: bool = Field(True, description="create a private project when someone pushes to a new address")
    outbound_private: bool = Field(
        False, description="let imports, mirrors and webhooks reach private and local addresses"
    )
    openid: tuple[OpenIdProvider, ...] = Field((), description="servers that people can sign in with")
    limits: Limits = Field(default_factory=Limits, description="what nobody may exceed")
    mail: Mail = Field(default_factory=Mail, description="how e-mail is sent")
    ssh: Ssh = Field(default_factory=Ssh, description="Git over SSH")

    @field_validator("data")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @property
    def database_address(self) -> str:
        """The database's address, also when nobody set it."""
        return self.database or f"sqlite:///{self.data / 'headway.sqlite'}"

    @property
    def git_folder(self) -> Path:
        """Where the bare repositories are."""
        return self.data / "git"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options win over the environment, and that over the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=_file())
        return init_settings, env_settings, file


def _file() -> Path | None:
    named = os.environ.get("HEADWAY_CONFIG")
    for candidate in (named, "headway.toml", "/etc/headway/headway.toml"):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return None


def load_settings(**options: Any) -> Settings:
    """Return the settings: options that are not ``None``, then the environment, then `headway.toml`, then defaults.

    Raises ``InputError`` with every mistake that was found.
    """
    named = os.environ.get("HEADWAY_CONFIG")
    if named and not Path(named).is_file():
        raise InputError([Problem(named, 0, 0, "HEADWAY_CONFIG names this file, and there is none")])
    file = _file()
    _check_file(file)
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        raise InputError(_problem(details, file) for details in error.errors()) from None


def _check_file(file: Path | None) -> None:
    if file is None:
        return
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError([Problem(str(file), 0, 0, f"this is not TOML: {error}")]) from None
    unknown = sorted(set(table) - set(Settings.model_fields))
    if unknown:
        known = ", ".join(sorted(Settings.model_fields))
        raise InputError(
            Problem(str(file), 0, 0, f"there is no setting '{name}'", f"The settings: {known}") for name in unknown
        )


def _problem(details: ErrorDetails, file: Path | None) -> Problem:
    name = ".".join(map(str, details["loc"]))
    variable = "HEADWAY_" + "__".join(str(part).upper() for part in details["loc"])
    where = variable if variable in os.environ else str(file or "settings")
    return Problem(where, 0, 0, f"{name}: {details['msg']}", "See docs/settings.md for what it takes")


def is_terminal_log(settings: Settings) -> bool:
    """Whether the log is for a person's eyes."""
    return settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
