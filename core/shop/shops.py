"""Shops: a name, a currency, a time zone; everything else belongs to one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.errors import NotFound
from core.money import STARS, CurrencyCode
from core.postgres import BOTS_CHANNEL, Connection
from core.shop.imprint import Imprint, ImprintDraft
from core.zones import names

Language = Literal["ru", "en"]
RetentionDays = Literal[30, 90, 180, 365, 730]
RETENTION_CLASSES: tuple[RetentionDays, ...] = get_args(RetentionDays)


def _known_zone(value: str) -> str:
    if value not in names():
        raise ValueError("not a time zone; take one like Europe/Moscow")
    return value


ZoneName = Annotated[str, AfterValidator(_known_zone)]


ShopName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]


class ShopDraft(BaseModel):
    """What an owner enters to open a shop."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: ShopName
    currency: CurrencyCode = STARS
    timezone: ZoneName = "Europe/Moscow"
    language: Language = "ru"


class Shop(ShopDraft):
    """A shop; `retention_days` is how long ClickHouse keeps its events. `archived_at` and
    `delete_after`: see `core.shop.archives`."""

    id: int
    currency: str = STARS  # stored values are shown as they are
    timezone: str = "UTC"
    retention_days: int
    imprint: Imprint = Imprint()
    archived_at: datetime | None = None
    delete_after: datetime | None = None


class NewLanguage(BaseModel):
    """The language that the shop speaks to whom it does not know, and to its staff."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language


class NewName(BaseModel):
    """The shop's name, which shoppers read."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: ShopName = Field(examples=["Чайная"])


_COLUMNS = (
    "id, name, currency, timezone, language, retention_days, imprint, archived_at, delete_after"
)


async def create(connection: Connection, draft: ShopDraft) -> Shop:
    row = await connection.fetchrow(
        f"INSERT INTO shops (name, currency, timezone, language) VALUES ($1, $2, $3, $4) "
        f"RETURNING {_COLUMNS}",
        draft.name,
        draft.currency,
        draft.timezone,
        draft.language,
    )
    assert row is not None  # RETURNING of an INSERT always gives a row
    return Shop(**row)


async def get(connection: Connection, shop_id: int) -> Shop:
    """Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM shops WHERE id = $1", shop_id)
    if row is None:
        raise NotFound(f"there is no shop {shop_id}")
    return Shop(**row)


async def rename(connection: Connection, shop_id: int, draft: NewName) -> Shop:
    """Gives the shop another name; its bots are notified. Raises NotFound."""
    await connection.execute("UPDATE shops SET name = $2 WHERE id = $1", shop_id, draft.name)
    await _announce(connection, shop_id)
    return await get(connection, shop_id)


async def set_language(connection: Connection, shop_id: int, draft: NewLanguage) -> Shop:
    """Lets the shop speak another language first; its bots are notified. Raises NotFound."""
    await connection.execute(
        "UPDATE shops SET language = $2 WHERE id = $1", shop_id, draft.language
    )
    await _announce(connection, shop_id)
    return await get(connection, shop_id)


async def set_retention(connection: Connection, shop_id: int, days: RetentionDays) -> Shop:
    """Sets how long ClickHouse keeps the shop's events: new ones from now on, stored ones as
    `pipelines.upkeep.retention` explains. Its bots are notified. Raises NotFound."""
    await connection.execute("UPDATE shops SET retention_days = $2 WHERE id = $1", shop_id, days)
    await _announce(connection, shop_id)
    return await get(connection, shop_id)


async def set_imprint(connection: Connection, shop_id: int, draft: ImprintDraft) -> Shop:
    """Sets what shoppers read about the shop and its seller; its bots are notified. Raises
    NotFound."""
    await connection.execute(
        "UPDATE shops SET imprint = $2 WHERE id = $1", shop_id, draft.model_dump(mode="json")
    )
    await _announce(connection, shop_id)
    return await get(connection, shop_id)


async def _announce(connection: Connection, shop_id: int) -> None:
    """Notifies the workers of a change when the transaction commits."""
    await connection.execute(
        "SELECT pg_notify($1, id::text) FROM bots WHERE shop_id = $2", BOTS_CHANNEL, shop_id
    )


async def all_shops(connection: Connection) -> list[Shop]:
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM shops ORDER BY id")
    return [Shop(**row) for row in rows]


async def some(connection: Connection, shop_ids: Sequence[int]) -> list[Shop]:
    """Those of the shops that there are, oldest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM shops WHERE id = ANY($1::int[]) ORDER BY id", list(shop_ids)
    )
    return [Shop(**row) for row in rows]
