"""A module's tables as files: its `exports.py` says which there are, and the panel exports them.

    TABLES = (
        ModuleTable(
            "gifts",
            Bilingual("Подарки", "Gifts"),
            "FROM asked JOIN gifts AS o ON o.shop_id = asked.shop_id AND " + within("o.given_at"),
            "e.shop_id, e.gift_id",
            (SHOP, column("gift_id", "whole", "Подарок №", "Gift no.", "o.id")),
            lists=("/gifts",),
        ),
    )

Files hold what the panel's list shows, of all of the shop's bots; of people only what is marked so,
which none but owners get.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.events import Bilingual

Kind = Literal["text", "whole", "decimal", "number", "time", "day", "truth"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its name in files, what its values are, its heading for people, and its SQL. Of a
    `decimal` the SQL is exact, for money in main units; a `time` is a moment."""

    name: str
    kind: Kind
    title: Bilingual
    source: str
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class ModuleTable:
    """`source` is SQL after SELECT: the rows of `asked` are the shops, with the moments between
    which rows are wanted (`shop_id`, `starts_at`, `ends_at`). `order` names columns as `e.name`;
    without days the table is always whole. `lists` are the module's routes that list the same."""

    key: str
    title: Bilingual
    source: str
    order: str
    columns: Sequence[TableColumn]
    lists: Sequence[str]
    has_days: bool = True


def column(
    name: str, kind: Kind, ru: str, en: str, source: str = "", *, personal: bool = False
) -> TableColumn:
    """A column, in one line; without `source`, the one of that name of `o`."""
    return TableColumn(name, kind, Bilingual(ru, en), source or f"o.{name}", personal)


def money(name: str, ru: str, en: str, minor: str, currency: str = "o.currency") -> TableColumn:
    """An amount in main units."""
    return column(name, "decimal", ru, en, exact(minor, currency))


def exact(minor: str, currency: str) -> str:
    """SQL of an amount in main units; `$4` are the currencies whose minor unit has other than two
    digits."""
    digits = f"coalesce(($4::text::jsonb ->> {currency})::numeric, 2)"
    return f"round({minor}::numeric / (10 ^ {digits}), 4)"


def within(moment: str) -> str:
    """The condition that a moment is among those that are wanted."""
    return f"{moment} >= asked.starts_at AND {moment} < asked.ends_at"


SHOP = column("shop_id", "whole", "Магазин №", "Shop no.")
BOT = column("bot_id", "whole", "Бот", "Bot")
BUYER = column("buyer_no", "whole", "Покупатель №", "Customer no.")
CURRENCY = column("currency", "text", "Валюта", "Currency")
STATE = column("state", "text", "Состояние", "State")
# Where a row names its order by id.
ORDER_NO = column(
    "order_no",
    "whole",
    "Заказ №",
    "Order no.",
    "(SELECT order_no FROM orders WHERE id = o.order_id)",
)
