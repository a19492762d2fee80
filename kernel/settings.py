"""Settings: read from JINPAI_* environment variables, checked at start, wrong ones named.

docs/operating.md documents each; the defaults run an embedded district on this machine alone.
"""

import difflib
import hashlib
import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kernel.district_settings import DistrictSettings

PREFIX = "JINPAI_"
DEFAULT_SECRET = "jinpai-on-this-machine-only"  # noqa: S105 - known to all on purpose; refused beyond loopback
_SHORTEST_SECRET = 32


class SettingsFault(ValueError):  # noqa: N818 - named like the other refusals
    """A setting is missing or wrong; the message names the variable and says what it should be."""


class Settings(DistrictSettings, BaseSettings):
    """Everything that differs between deployments, and what holds where the district itself has set nothing."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Path("var")
    """Where the embedded database and stored files are."""
    database_url: str = ""
    """sqlite://FILE or postgres://…[?schema=]; an SQLite file in `data_dir` when empty."""
    redis_url: str | None = None
    secret_key: str = DEFAULT_SECRET
    """Signs what browsers carry; at least 32 characters where others can reach the server."""
    public_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    """Shows one-click sign-ins; for synthetic districts only."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Server processes; more than one needs PostgreSQL."""
    pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    """PostgreSQL connections of each process."""
    max_body_bytes: Annotated[int, Field(ge=1_024)] = 12 * 1024 * 1024
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks whose X-Forwarded-For is believed, separated by commas."""
    code_sender: Annotated[str, Field(pattern="^(none|console|webhook)$")] = "none"
    """Who carries one-time codes to phones."""
    code_webhook_url: str = ""
    code_webhook_secret: str = ""
    """Where codes are posted, and the secret that those requests are signed with; at least 32 characters."""
    log_format: Annotated[str, Field(pattern="^(json|console)$")] = "json"

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("an address such as https://points.example.org")
        return value.rstrip("/")

    @field_validator("redis_url", mode="before")
    @classmethod
    def _is_redis(cls, value: Any) -> Any:
        if value in {None, ""}:
            return None
        if urlsplit(str(value)).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("a URL such as redis://127.0.0.1:6379/0")
        return value

    @model_validator(mode="after")
    def _carries_codes(self) -> Self:
        if self.code_sender == "webhook":
            parts = urlsplit(self.code_webhook_url)
            own = parts.scheme == "http" and is_loopback(parts.hostname or "")
            if not parts.netloc or not (parts.scheme == "https" or own):
                raise ValueError("code_webhook_url: an https:// address, or one of this machine")
            if len(self.code_webhook_secret) < _SHORTEST_SECRET:
                raise ValueError(f"code_webhook_secret: at least {_SHORTEST_SECRET} characters")
        return self

    @model_validator(mode="after")
    def _names_a_database(self) -> Self:
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite://{self.data_dir / 'jinpai.sqlite3'}")
        if urlsplit(self.database_url).scheme not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("database_url: sqlite://FILE or postgres://…")
        if self.embedded and self.workers > 1:
            raise ValueError("workers: the embedded database has one server process; use PostgreSQL for more")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of this machine, with one server process."""
        return self.database_url.startswith("sqlite:")

    @property
    def database_path(self) -> Path:
        """The embedded database's file.

        Raises:
            ValueError: the database is PostgreSQL.

        """
        if not self.embedded:
            raise ValueError("the database is not a file")
        return Path(self.database_url.removeprefix("sqlite://").split("?", 1)[0])

    @property
    def district_tag(self) -> str:
        """What sets this district apart in a Redis that several share: drawn from where its database is."""
        parts = urlsplit(self.database_url)
        place = f"{parts.hostname}:{parts.port}{parts.path}?{parts.query}"
        return hashlib.sha256(place.encode()).hexdigest()[:12]

    @property
    def files_dir(self) -> Path:
        """Where stored files are."""
        return self.data_dir / "files"


def load_settings(**overrides: Any) -> Settings:
    """The settings of the environment, with those of the command line over them.

    Raises:
        SettingsFault: a value is wrong; every wrong variable is named.

    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_url=False, include_input=False):
            name = PREFIX + str(fault["loc"][0]).upper() if fault["loc"] else "settings"
            lines.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
        raise SettingsFault("\n".join(lines)) from None


def settings_in(data_dir: Path, **overrides: Any) -> Settings:
    """The settings of an embedded district in a folder, whatever database the environment names.

    Raises:
        SettingsFault: a value is wrong.

    """
    return load_settings(data_dir=data_dir, database_url=f"sqlite://{data_dir / 'jinpai.sqlite3'}", **overrides)


def unknown_variables() -> list[str]:
    """JINPAI_* variables that no setting reads, each with the setting that was probably meant."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    found = []
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            found.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_serving(settings: Settings) -> None:
    """Refuse to serve where others can reach the server with what everybody knows.

    Raises:
        SettingsFault: the secret is the default or short, or the demo would be open to others.

    """
    if is_loopback(settings.host):
        return
    if settings.secret_key == DEFAULT_SECRET or len(settings.secret_key) < _SHORTEST_SECRET:
        raise SettingsFault(
            f"{PREFIX}SECRET_KEY: set one of at least {_SHORTEST_SECRET} characters before serving on {settings.host} "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"
        )
    if settings.demo:
        raise SettingsFault(f"{PREFIX}DEMO: anybody may sign in to a demo by a click, so it is served on loopback only")
