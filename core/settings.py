"""Settings: read once by a command's `main` and passed down, never read at import."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

Network = IPv4Network | IPv6Network
# By which anybody sees that Telegram signed a launch of a Mini App (Ed25519, production):
# https://core.telegram.org/bots/webapps#validating-data-for-third-party-use
TELEGRAM_LAUNCH_KEY = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d"
# Where containers find secrets as files, each called like its variable in small letters.
SECRETS = Path("/run/secrets")
# Whose password goes into which address that has none.
_PASSWORDS = {
    "database_url": "postgres_password",
    "clickhouse_url": "clickhouse_password",
    "clickhouse_schema_url": "clickhouse_schema_password",
    "clickhouse_panel_url": "clickhouse_panel_password",
    "clickhouse_analyst_url": "clickhouse_analyst_password",
}


def networks(text: str) -> list[Network]:
    """Networks that commas separate, like `10.0.0.0/8, ::1`; raises ValueError."""
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def telegram_servers(text: str) -> dict[int, tuple[str, int]]:
    """Addresses of data centres by number; number 0 is for all that are not named.

    `host:port` is one server for all; `2=host:port,4=host:port` names each, and the first stands
    for the rest. Empty: Telegram's own. Raises ValueError.
    """
    servers: dict[int, tuple[str, int]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        number, is_named, address = part.rpartition("=")
        try:
            target = urlsplit(f"//{address}")
            host, port = target.hostname, target.port
        except ValueError:
            host, port = None, None
        if not host or not port or (is_named and not number.strip().isdecimal()):
            raise ValueError(
                "write it as host:port, for example 127.0.0.1:4430, "
                "or for several data centres as 2=127.0.0.1:4430,4=127.0.0.1:4431"
            )
        servers[int(number) if is_named else 0] = (host, port)
    if servers:
        servers.setdefault(0, next(iter(servers.values())))
    return servers


def with_password(url: str, password: SecretStr | str | None) -> str:
    """The address with the password of its user, if it names a user and has no password yet."""
    parts = urlsplit(url)
    if not password or not parts.username or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(_plain(password), safe='')}@{host}").geturl()


def _plain(value: SecretStr | str) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


class _Files(SecretsSettingsSource):
    """Where an empty file is a secret that is not set: Compose mounts each, filled in or not."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if value != ""}


class Settings(BaseSettings):
    """Every setting of every service, from `VITRINA_*` variables, a `.env` file, or for what both
    leave out, files of the folder `SECRETS`.

    `.env.example` explains each of them; a test compares the two.
    """

    model_config = SettingsConfigDict(
        env_prefix="VITRINA_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: SecretStr = SecretStr("postgresql://vitrina:vitrina@127.0.0.1:5432/vitrina")
    clickhouse_url: SecretStr = SecretStr("http://vitrina:vitrina@127.0.0.1:8123/vitrina")
    clickhouse_schema_url: SecretStr | None = None
    clickhouse_panel_url: SecretStr | None = None
    clickhouse_analyst_url: SecretStr | None = None
    clickhouse_cluster: str = Field(default="", pattern=r"^\w*$")
    postgres_password: SecretStr | None = None
    clickhouse_password: SecretStr | None = None
    clickhouse_schema_password: SecretStr | None = None
    clickhouse_panel_password: SecretStr | None = None
    clickhouse_analyst_password: SecretStr | None = None
    secret_keys: SecretStr | None = None

    telegram_api_id: int | None = None
    telegram_api_hash: SecretStr | None = None
    telegram_server: str = ""
    telegram_server_key: Path | None = None
    telegram_proxy: SecretStr | None = None
    telegram_ipv6: bool = False
    telegram_launch_key: str = TELEGRAM_LAUNCH_KEY
    online_fraud: Literal["on", "shadow", "off"] = "on"

    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8080, ge=0, le=65535)
    api_postgres_connections: int = Field(default=10, ge=2, le=500)
    api_clickhouse_queries: int = Field(default=12, ge=1, le=500)
    dashboard_dir: Path = Path("dashboard/dist")
    trusted_proxies: str = ""
    behind_nginx: bool = False
    access_log_days: int = Field(default=90, ge=1, le=3650)
    geography_file: Path | None = None
    alert_places: int = Field(default=4, ge=2, le=1000)
    alert_speed_kmh: float = Field(default=1000, gt=0)
    alert_distance_km: float = Field(default=100, gt=0)
    alert_guesses: int = Field(default=10, ge=1, le=1000)
    alert_guesses_overall: int = Field(default=200, ge=1, le=100_000)
    alert_exports: int = Field(default=5, ge=1, le=10_000)
    alert_export_ratio: float = Field(default=10, gt=1)
    exports_dir: Path = Path(".vitrina/exports")
    exports_days: int = Field(default=7, ge=1, le=365)
    exports_a_day: int = Field(default=20, ge=0, le=100_000)
    exports_rows_a_day: int = Field(default=500_000_000, ge=0)
    exports_bytes_a_day: int = Field(default=100_000_000_000, ge=0)

    outgoing_networks: str = ""

    intake_host: str = "127.0.0.1"
    intake_port: int = Field(default=8081, ge=0, le=65535)

    worker_name: str = ""
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535)

    public_address: str = ""
    backup_hours: int = Field(default=26, ge=1, le=8760)
    operator_bot_token: SecretStr | None = None
    operator_chat: str = ""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What counts more comes first; without containers there is no folder of secrets."""
        sources = (init_settings, env_settings, dotenv_settings)
        if SECRETS.is_dir():
            return (*sources, _Files(settings_cls, SECRETS))
        return (*sources, file_secret_settings)

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Addresses get the passwords of their users."""
        given = dict(values)
        for url, password in _PASSWORDS.items():
            if url in given and given[url] is not None:
                given[url] = with_password(_plain(given[url]), given.get(password))
        return given

    @field_validator("telegram_server")
    @classmethod
    def _hosts_and_ports(cls, value: str) -> str:
        telegram_servers(value)
        return value

    @field_validator("telegram_launch_key")
    @classmethod
    def _ed25519(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            raise ValueError("write an Ed25519 public key as its 64 hexadecimal digits")
        return value

    @field_validator("outgoing_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        networks(value)
        return value

    @property
    def outgoing_network_list(self) -> list[Network]:
        """Networks beside the public internet that addresses typed by owners may lead to."""
        return networks(self.outgoing_networks)

    @property
    def trusted_proxy_list(self) -> list[str]:
        """Addresses or networks of the proxies whose forwarding headers are trusted."""
        return [part.strip() for part in self.trusted_proxies.split(",") if part.strip()]

    @property
    def migrating_clickhouse_url(self) -> str:
        """The URL for `vitrina migrate`: that of the user who may change tables, if one is set."""
        return (self.clickhouse_schema_url or self.clickhouse_url).get_secret_value()

    @property
    def reader_clickhouse_url(self) -> str:
        """The URL for reading figures: that of the restricted user, if one is set."""
        return (self.clickhouse_panel_url or self.clickhouse_url).get_secret_value()

    @property
    def analyst_clickhouse_url(self) -> str:
        """The URL for analysts' long queries: that of the user with limits of its own, if one is
        set."""
        return (self.clickhouse_analyst_url or self.clickhouse_url).get_secret_value()
