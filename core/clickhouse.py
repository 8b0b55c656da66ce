"""ClickHouse: clients of the unmodified clickhouse-connect, from a URL."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from core.errors import ConfigurationError

if TYPE_CHECKING:
    # It brings aiohttp, an eighth of the time in which a command starts, and few commands need it.
    from clickhouse_connect.driver.asyncclient import AsyncClient

# Unknown column, identifier, table and database: the schema was never migrated, or was restored in
# part.
MISSING_CODES = frozenset({16, 47, 60, 81})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server's HTTP interface is, and as whom to talk to it."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    database: str
    secure: bool

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Reads `http[s]://user:password@host:port/database`; each part has a default.

        Raises ConfigurationError for a port that is none.
        """
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        try:
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(
                "an address of ClickHouse is http[s]://user:password@host:port/database, with a "
                "number as port: look at VITRINA_CLICKHOUSE_URL and its like"
            ) from error
        return cls(
            host=parts.hostname or "127.0.0.1",
            port=port or (8443 if secure else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or "default",
            secure=secure,
        )

    @property
    def endpoint(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}/"


def _arguments(url: str) -> dict[str, Any]:
    # One client serves concurrent queries; a shared session id would forbid that.
    return {**asdict(Address.parse(url)), "autogenerate_session_id": False}


def open_client(url: str, *, in_body: bool = False, **settings: Any) -> Client:
    """A blocking client; `settings` are ClickHouse settings sent with each query.

    With `in_body`, a query of at most 128 KiB with external tables is sent in the body and not in
    the URL, whose encoding takes longer than most such queries.
    """
    client: Client = clickhouse_connect.get_client(
        **_arguments(url), settings=settings, form_encode_query_params=in_body
    )
    return client


async def open_async_client(url: str, *, database: str = "", **settings: Any) -> "AsyncClient":
    """A client for the event loop, safe for concurrent queries; `database` instead of the URL's."""
    arguments = _arguments(url)
    arguments["database"] = database or arguments["database"]
    client: AsyncClient = await clickhouse_connect.get_async_client(**arguments, settings=settings)
    return client


async def tables(client: "AsyncClient") -> set[str]:
    """The names of the tables and views in the client's database."""
    found = await client.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    return {name for (name,) in found.result_rows}
