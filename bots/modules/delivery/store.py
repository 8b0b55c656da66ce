"""Keys and goods, and which are whose."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from asyncpg import Record
from pydantic import BaseModel, ConfigDict

from bots.modules.delivery import key_digests
from core.errors import NotFound, Refused
from core.events import Bilingual
from core.fraud_rules import AbuseType
from core.postgres import Connection
from core.secrets import KeyRing
from core.shop import catalogue, risk_standing
from core.shop.bots import of_its_shop
from core.shop.orders import Order

GoodKind = Literal["file", "link", "text"]
KEYS_A_CALL = 10_000
KEY_CHARACTERS = 500
GOODS_A_PRODUCT = 50


class TooManyGoods(Refused):
    code = "too_many_goods"
    explained = Bilingual(
        "Столько товара для выдачи хранить нельзя. Добавьте меньше.",
        "So many goods cannot be kept. Add fewer.",
    )


class Good(BaseModel):
    """A file, link or text that every buyer gets. The content of links and texts is shown to
    owners alone."""

    model_config = ConfigDict(frozen=True)

    id: int
    product_id: int
    variant_id: int | None
    kind: GoodKind
    title: str
    content: str
    sha256: str | None
    created_at: datetime


class KeyCount(BaseModel):
    """How many keys of a product or variant are free, and how many are somebody's."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    variant_id: int | None
    title: str
    free: int
    issued: int


class Delivery(BaseModel):
    """A line of a paid order, and whether all of it has been handed over."""

    model_config = ConfigDict(frozen=True)

    order_id: int
    order_no: int
    line: int
    product_id: int
    title: str
    quantity: int
    state: Literal["delivered", "failed"]
    opened: int
    created_at: datetime
    delivered_at: datetime | None


def _row(table: str, shop_id: int, product_id: int) -> str:
    return f"{table}|{shop_id}|{product_id}"


async def add_keys(
    connection: Connection,
    secrets: KeyRing,
    *,
    shop_id: int,
    product_id: int,
    variant_id: int | None,
    keys: Sequence[str],
) -> int:
    """Keeps keys that the product does not have yet; how many those are. Raises NotFound."""
    await _check(connection, shop_id, product_id, variant_id)
    row = _row("delivery_keys", shop_id, product_id)
    found = await key_digests.unknown(connection, secrets, product_id, row, keys)
    added = await connection.fetch(
        "INSERT INTO delivery_keys (shop_id, product_id, variant_id, sealed, digest) "
        "SELECT $1, $2, $3, k.sealed, k.digest "
        "FROM unnest($4::bytea[], $5::bytea[]) WITH ORDINALITY AS k (sealed, digest, n) "
        "ORDER BY k.n ON CONFLICT (product_id, digest) DO NOTHING RETURNING id",
        shop_id,
        product_id,
        variant_id,
        [secrets.seal(key.encode(), row) for key in found.values()],
        list(found),
    )
    return len(added)


async def _check(
    connection: Connection, shop_id: int, product_id: int, variant_id: int | None
) -> None:
    product = await catalogue.of_ids(connection, shop_id, [product_id])
    if not product:
        raise NotFound(f"there is no product {product_id}")
    if variant_id is not None and not await connection.fetchval(
        "SELECT true FROM product_variants WHERE id = $1 AND product_id = $2",
        variant_id,
        product_id,
    ):
        raise NotFound(f"the product has no variant {variant_id}")


async def remove_free_keys(connection: Connection, shop_id: int, product_id: int) -> int:
    """Takes out those that are nobody's; how many."""
    gone = await connection.fetch(
        "DELETE FROM delivery_keys WHERE shop_id = $1 AND product_id = $2 AND order_id IS NULL "
        "RETURNING id",
        shop_id,
        product_id,
    )
    return len(gone)


async def add_good(
    connection: Connection,
    secrets: KeyRing,
    *,
    shop_id: int,
    product_id: int,
    variant_id: int | None,
    kind: GoodKind,
    title: str,
    content: str,
) -> Good:
    """`content` of a file is its SHA-256. Raises NotFound, TooManyGoods."""
    await _check(connection, shop_id, product_id, variant_id)
    if len(await goods_of(connection, secrets, shop_id, product_id)) >= GOODS_A_PRODUCT:
        raise TooManyGoods(f"a product has at most {GOODS_A_PRODUCT} files, links and texts")
    is_file = kind == "file"
    row = _row("delivery_goods", shop_id, product_id)
    good_id = await connection.fetchval(
        "INSERT INTO delivery_goods (shop_id, product_id, variant_id, kind, title, sealed, sha256) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        shop_id,
        product_id,
        variant_id,
        kind,
        title,
        None if is_file else secrets.seal(content.encode(), row),
        content if is_file else None,
    )
    found = await goods_of(connection, secrets, shop_id, product_id)
    return next(good for good in found if good.id == good_id)


async def goods_of(
    connection: Connection, secrets: KeyRing, shop_id: int, product_id: int
) -> list[Good]:
    """In the order in which they were added."""
    rows = await connection.fetch(
        "SELECT id, product_id, variant_id, kind, title, sealed, sha256, created_at "
        "FROM delivery_goods WHERE shop_id = $1 AND product_id = $2 ORDER BY id",
        shop_id,
        product_id,
    )
    bound = _row("delivery_goods", shop_id, product_id)
    return [
        Good(
            **{name: row[name] for name in row.keys() if name != "sealed"},
            content="" if row["sealed"] is None else secrets.open(row["sealed"], bound).decode(),
        )
        for row in rows
    ]


async def remove_good(connection: Connection, shop_id: int, good_id: int) -> str | None:
    """Gives a file's SHA-256 unless another good of the product shows it. Raises NotFound."""
    row = await connection.fetchrow(
        "DELETE FROM delivery_goods WHERE id = $1 AND shop_id = $2 RETURNING sha256",
        good_id,
        shop_id,
    )
    if row is None:
        raise NotFound(f"there is no file, link or text {good_id}")
    sha256: str | None = row["sha256"]
    return sha256


async def key_counts(connection: Connection, shop_id: int) -> list[KeyCount]:
    """Of each product or variant that has or had keys."""
    rows = await connection.fetch(
        "SELECT k.product_id, k.variant_id, p.title || coalesce(', ' || v.title, '') AS title, "
        "count(*) FILTER (WHERE k.order_id IS NULL) AS free, "
        "count(*) FILTER (WHERE k.order_id IS NOT NULL) AS issued "
        "FROM delivery_keys AS k JOIN products AS p ON p.id = k.product_id "
        "LEFT JOIN product_variants AS v ON v.id = k.variant_id WHERE k.shop_id = $1 "
        "GROUP BY k.product_id, k.variant_id, p.title, v.title ORDER BY free, k.product_id",
        shop_id,
    )
    return [KeyCount(**row) for row in rows]


async def newly_few(
    connection: Connection, shop_id: int, bot_id: int, few: int, now: datetime
) -> list[KeyCount]:
    """Products with few keys left, about which nobody was notified since there were more."""
    counts = [each for each in await key_counts(connection, shop_id) if each.free <= few]
    places = ([each.product_id for each in counts], [each.variant_id or 0 for each in counts])
    await connection.execute(
        "DELETE FROM few_key_notices WHERE bot_id = $1 AND (product_id, variant_id) NOT IN "
        "(SELECT * FROM unnest($2::bigint[], $3::bigint[]))",
        bot_id,
        *places,
    )
    rows = await connection.fetch(
        "INSERT INTO few_key_notices (bot_id, product_id, variant_id, told_at) "
        "SELECT $1, product_id, variant_id, $4 "
        "FROM unnest($2::bigint[], $3::bigint[]) AS t (product_id, variant_id) "
        "ON CONFLICT DO NOTHING RETURNING product_id, variant_id",
        bot_id,
        *places,
        now,
    )
    new = {(row["product_id"], row["variant_id"]) for row in rows}
    return [each for each in counts if (each.product_id, each.variant_id or 0) in new]


async def begin(connection: Connection, order: Order) -> list[Record]:
    """Notes a paid order's digital lines, each once, and locks those that are not handed over."""
    await connection.execute(
        "INSERT INTO deliveries (order_id, line, bot_id, product_id, variant_id, quantity, state) "
        "SELECT order_id, line, $2, product_id, variant_id, quantity, 'failed' FROM order_lines "
        "WHERE order_id = $1 AND kind = 'digital' ON CONFLICT (order_id, line) DO NOTHING",
        order.id,
        order.bot_id,
    )
    return await connection.fetch(
        "SELECT * FROM deliveries WHERE order_id = $1 AND state = 'failed' "
        "ORDER BY line FOR UPDATE",
        order.id,
    )


async def hand_over(connection: Connection, shop_id: int, delivery: Record) -> int:
    """Makes keys the line's, as many as it lacks and there are; how many units got nothing. A
    locked line is done once nothing is missing."""
    product_id, variant_id = delivery["product_id"], delivery["variant_id"]
    has_keys = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM delivery_keys WHERE product_id = $1 "
        "AND (variant_id IS NULL OR variant_id = $2))",
        product_id,
        variant_id,
    )
    if has_keys:
        missing = await _issue(connection, delivery)
    else:
        has_goods = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM delivery_goods WHERE shop_id = $1 AND product_id = $2 "
            "AND (variant_id IS NULL OR variant_id = $3))",
            shop_id,
            product_id,
            variant_id,
        )
        missing = 0 if has_goods else delivery["quantity"]
    if not missing:
        await connection.execute(
            "UPDATE deliveries SET state = 'delivered', delivered_at = now() "
            "WHERE order_id = $1 AND line = $2",
            delivery["order_id"],
            delivery["line"],
        )
    return int(missing)


async def _issue(connection: Connection, delivery: Record) -> int:
    had: int = await connection.fetchval(
        "SELECT count(*) FROM delivery_keys WHERE order_id = $1 AND line = $2",
        delivery["order_id"],
        delivery["line"],
    )
    wanted: int = delivery["quantity"] - had
    given = await connection.fetch(
        "WITH free AS (SELECT id FROM delivery_keys WHERE product_id = $1 AND order_id IS NULL "
        "    AND (variant_id IS NULL OR variant_id = $2) ORDER BY variant_id NULLS LAST, id "
        "    LIMIT $3 FOR UPDATE SKIP LOCKED) "
        "UPDATE delivery_keys AS k SET order_id = $4, line = $5, issued_at = now() "
        "FROM free WHERE k.id = free.id RETURNING k.id",
        delivery["product_id"],
        delivery["variant_id"],
        wanted,
        delivery["order_id"],
        delivery["line"],
    )
    missing: int = wanted - len(given)
    return missing


async def keys_of(
    connection: Connection, secrets: KeyRing, shop_id: int, order_id: int
) -> dict[int, list[str]]:
    """An order's keys, by line."""
    rows = await connection.fetch(
        "SELECT line, product_id, sealed FROM delivery_keys WHERE order_id = $1 ORDER BY line, id",
        order_id,
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        key = secrets.open(row["sealed"], _row("delivery_keys", shop_id, row["product_id"]))
        found.setdefault(row["line"], []).append(key.decode())
    return found


_SELECT = """
SELECT d.order_id, o.order_no, d.line, d.product_id, l.title, d.quantity, d.state, d.opened,
    d.created_at, d.delivered_at
FROM deliveries AS d JOIN orders AS o ON o.id = d.order_id
    JOIN order_lines AS l ON (l.order_id, l.line) = (d.order_id, d.line)
"""


async def of_order(connection: Connection, order_id: int) -> list[Delivery]:
    rows = await connection.fetch(f"{_SELECT} WHERE d.order_id = $1 ORDER BY d.line", order_id)
    return [Delivery(**row) for row in rows]


async def failed(connection: Connection, bot_id: int, *, limit: int = 200) -> list[Delivery]:
    """Lines of orders that are still paid, and for which something was missing; oldest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE d.bot_id = $1 AND d.state = 'failed' AND o.status = 'paid' "
        f"AND {of_its_shop('o')} "
        "ORDER BY d.created_at, d.order_id, d.line LIMIT $2",
        bot_id,
        limit,
    )
    return [Delivery(**row) for row in rows]


async def may_come_now(
    connection: Connection, bot_id: int, doubted: Sequence[AbuseType], *, limit: int = 50
) -> list[int]:
    """Orders that lack something of which there is some by now, oldest first; without those of
    shoppers who are held for one of the abuses."""
    rows = await connection.fetch(
        "SELECT d.order_id FROM deliveries AS d JOIN orders AS o ON o.id = d.order_id "
        f"WHERE d.bot_id = $1 AND d.state = 'failed' AND o.status = 'paid' AND {of_its_shop('o')} "
        "AND ("
        "  EXISTS (SELECT FROM delivery_keys AS k WHERE k.product_id = d.product_id "
        "    AND k.order_id IS NULL AND (k.variant_id IS NULL OR k.variant_id = d.variant_id)) "
        "  OR EXISTS (SELECT FROM delivery_goods AS g WHERE g.product_id = d.product_id "
        "    AND (g.variant_id IS NULL OR g.variant_id = d.variant_id)) AND NOT EXISTS "
        "    (SELECT FROM delivery_keys AS k WHERE k.product_id = d.product_id)) "
        f"AND NOT {risk_standing.is_held('o', '$3')} "
        "GROUP BY d.order_id ORDER BY min(d.created_at), d.order_id LIMIT $2",
        bot_id,
        limit,
        list(doubted),
    )
    return [row["order_id"] for row in rows]


async def count_opening(connection: Connection, order_id: int, most: int) -> bool:
    """Counts that the shopper opens an order's goods again; False if they did so often enough."""
    counted = await connection.fetch(
        "UPDATE deliveries SET opened = opened + 1 "
        "WHERE order_id = $1 AND ($2 = 0 OR opened < $2) RETURNING line",
        order_id,
        most,
    )
    return bool(counted)


async def mark(connection: Connection, order_id: int, *, is_complete: bool) -> None:
    """The order needs a person while something is missing; another reason for that stays."""
    await connection.execute(
        "UPDATE orders SET attention = CASE WHEN $2 THEN nullif(attention, 'undelivered') "
        "ELSE coalesce(attention, 'undelivered') END WHERE id = $1",
        order_id,
        is_complete,
    )
