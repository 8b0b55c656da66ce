"""A shop's codes as their owner sees and changes them, and what came of each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Literal

import asyncpg
from pydantic import BaseModel, ConfigDict

from bots.modules.promo.codes import NOBODY, Code, PromoDraft, key_of
from bots.modules.promo.store import COLUMNS, code_of
from core.errors import ChangedMeanwhile, Conflict, NotFound, Refused
from core.events import Bilingual
from core.postgres import Connection

MOST_CODES = 100_000  # of one shop
State = Literal["active", "off"]
_LOCK = 0x70726F6D  # any number of ours


class CodeTaken(Conflict):
    """The shop has a code that looks the same."""

    code = "promo_code_taken"
    explained = Bilingual(
        "Такой промокод уже есть.",
        "There is such a promo code already.",
    )


class NothingSuch(Refused):
    """A product, variant, category or customer that the code names is not the shop's."""

    code = "promo_names_nothing"
    explained = Bilingual(
        "Промокод ни на что не действует: выберите товары или категории, которые есть.",
        "The promo code is for nothing: choose products or categories that exist.",
    )


class TooManyCodes(Refused):
    code = "too_many_promo_codes"
    explained = Bilingual(
        "Промокодов уже столько, сколько можно. Удалите лишние.",
        "There are as many promo codes as there may be. Remove some.",
    )


_FIELDS = (
    "code",
    "code_key",
    "kind",
    "share_bp",
    "amount_minor",
    "currency",
    "gift_product_id",
    "gift_variant_id",
    "most_uses",
    "most_per_buyer",
    "first_order_only",
    "buyer_no",
    "starts_at",
    "ends_at",
    "least_minor",
    "product_ids",
    "category_ids",
    "is_together",
    "note",
)
_ADD = (
    f"INSERT INTO promo_codes (shop_id, {', '.join(_FIELDS)}, is_active) "
    f"VALUES ($1, {', '.join(f'${place}' for place in range(2, len(_FIELDS) + 3))})"
)
_SET = ", ".join(f"{name} = ${place}" for place, name in enumerate(_FIELDS, 3))
_CHANGE = (
    f"UPDATE promo_codes SET {_SET}, is_active = ${len(_FIELDS) + 3}, version = version + 1 "
    "WHERE shop_id = $1 AND id = $2"
)


def _values(draft: PromoDraft) -> list[Any]:
    return [key_of(draft.code) if name == "code_key" else getattr(draft, name) for name in _FIELDS]


def in_zone(draft: PromoDraft, zone: tzinfo) -> PromoDraft:
    """Times without an offset are by the shop's clock."""
    times = {
        name: moment.replace(tzinfo=zone)
        for name in ("starts_at", "ends_at")
        if (moment := getattr(draft, name)) is not None and moment.tzinfo is None
    }
    return draft.model_copy(update=times)


async def get(connection: Connection, shop_id: int, promo_id: int) -> Code:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM promo_codes AS c WHERE c.shop_id = $1 AND c.id = $2",
        shop_id,
        promo_id,
    )
    if row is None:
        raise NotFound(f"shop {shop_id} has no promo code {promo_id}")
    return code_of(row)


async def listed(
    connection: Connection,
    shop_id: int,
    *,
    state: State | None = None,
    query: str = "",
    by_code: bool = True,
    before: int | None = None,
    size: int = 50,
) -> list[Code]:
    """The newest first, below the id `before`; `query`: the beginning of a code, or a part of its
    note."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM promo_codes AS c WHERE c.shop_id = $1 "
        "AND ($2::bigint IS NULL OR c.id < $2) AND ($3::boolean IS NULL OR c.is_active = $3) "
        "AND ($4 = '' OR starts_with(c.code_key, $5) AND $5 <> '' "
        "  OR strpos(lower(c.note), lower($4)) > 0) "
        "ORDER BY c.id DESC LIMIT $6",
        shop_id,
        before,
        None if state is None else state == "active",
        query,
        key_of(query) if by_code else "",
        size,
    )
    return [code_of(row) for row in rows]


async def add(connection: Connection, shop_id: int, draft: PromoDraft) -> Code:
    """Raises CodeTaken, NothingSuch, TooManyCodes."""
    await lock(connection, shop_id)
    await ensure_room(connection, shop_id, 1)
    await ensure_named(connection, shop_id, [draft])
    try:
        async with connection.transaction():
            promo_id: int = await connection.fetchval(
                f"{_ADD} RETURNING id", shop_id, *_values(draft), True
            )
    except asyncpg.UniqueViolationError as error:
        raise _taken(draft) from error
    return await get(connection, shop_id, promo_id)


async def change(
    connection: Connection,
    shop_id: int,
    promo_id: int,
    draft: PromoDraft,
    *,
    seen_version: int,
    is_active: bool,
) -> Code:
    """Orders that were made with it keep what it gave, and are priced anew when they are paid.

    Raises NotFound, ChangedMeanwhile, CodeTaken, NothingSuch.
    """
    await lock(connection, shop_id)
    current = await get(connection, shop_id, promo_id)
    if current.version != seen_version:
        raise ChangedMeanwhile(
            f"promo code {promo_id} was changed meanwhile: look at it again", str(current.version)
        )
    stays_nobodys = draft.buyer_no == current.buyer_no == NOBODY
    named = draft.model_copy(update={"buyer_no": None}) if stays_nobodys else draft
    await ensure_named(connection, shop_id, [named])
    try:
        async with connection.transaction():
            await connection.execute(_CHANGE, shop_id, promo_id, *_values(draft), is_active)
    except asyncpg.UniqueViolationError as error:
        raise _taken(draft) from error
    return await get(connection, shop_id, promo_id)


async def switch(connection: Connection, shop_id: int, promo_id: int, *, is_active: bool) -> Code:
    """Nobody can use a code that is off; it can be switched on again. Raises NotFound."""
    await lock(connection, shop_id)
    await connection.execute(
        "UPDATE promo_codes SET is_active = $3, version = version + 1 "
        "WHERE shop_id = $1 AND id = $2 AND is_active <> $3",
        shop_id,
        promo_id,
        is_active,
    )
    return await get(connection, shop_id, promo_id)


def _taken(draft: PromoDraft) -> CodeTaken:
    return CodeTaken(f"there is a code that looks like {draft.code} already: change that one")


async def lock(connection: Connection, shop_id: int) -> None:
    """Nobody else adds or changes a code of the shop until the transaction ends; shoppers go on
    using them."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, shop_id)


async def ensure_room(connection: Connection, shop_id: int, more: int) -> None:
    """Raises TooManyCodes."""
    there: int = await connection.fetchval(
        "SELECT count(*) FROM promo_codes WHERE shop_id = $1", shop_id
    )
    if there + more > MOST_CODES:
        raise TooManyCodes(f"a shop has at most {MOST_CODES} promo codes, and {there} are there")


async def ensure_named(connection: Connection, shop_id: int, drafts: Iterable[PromoDraft]) -> None:
    """Raises NothingSuch if a draft names a product, variant, category or customer that is not
    the shop's, or a gift that is sold by variant and names none."""
    for draft in drafts:
        if draft.buyer_no is not None and not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM customers WHERE shop_id = $1 AND buyer_no = $2)",
            shop_id,
            draft.buyer_no,
        ):
            raise NothingSuch(f"there is no customer {draft.buyer_no}")
        if draft.gift_product_id is not None:
            await _ensure_gift(connection, shop_id, draft.gift_product_id, draft.gift_variant_id)
        for table, numbers in (
            ("products", draft.product_ids),
            ("categories", draft.category_ids),
        ):
            missing = await _missing(connection, shop_id, table, numbers)
            if missing:
                raise NothingSuch(f"the shop's {table} have no {', '.join(map(str, missing))}")


async def _ensure_gift(
    connection: Connection, shop_id: int, product_id: int, variant_id: int | None
) -> None:
    row = await connection.fetchrow(
        "SELECT array_agg(v.id) FILTER (WHERE v.is_active) AS active, array_agg(v.id) AS every "
        "FROM products AS p LEFT JOIN product_variants AS v ON v.product_id = p.id "
        "WHERE p.shop_id = $1 AND p.id = $2 GROUP BY p.id",
        shop_id,
        product_id,
    )
    if row is None:
        raise NothingSuch(f"the shop has no product {product_id} to give")
    if variant_id is None and row["active"]:
        raise NothingSuch(f"product {product_id} is sold by variant: name the one to give")
    if variant_id is not None and variant_id not in row["every"]:
        raise NothingSuch(f"product {product_id} has no variant {variant_id}")


async def _missing(
    connection: Connection, shop_id: int, table: str, numbers: Sequence[int]
) -> list[int]:
    rows = await connection.fetch(
        f"SELECT n FROM unnest($2::bigint[]) AS n WHERE NOT EXISTS "
        f"(SELECT FROM {table} AS t WHERE t.shop_id = $1 AND t.id = n) ORDER BY n",
        shop_id,
        numbers,
    )
    return [row["n"] for row in rows]


async def write(
    connection: Connection,
    shop_id: int,
    added: Sequence[tuple[PromoDraft, bool]],
    changed: Sequence[tuple[int, PromoDraft, bool]],
) -> None:
    """Many at once, each with whether it is on: new ones, and others in the place of known ones.
    Raises CodeTaken, TooManyCodes; what they name is not looked up here."""
    await ensure_room(connection, shop_id, len(added))
    try:
        async with connection.transaction():
            await connection.executemany(
                _ADD, [(shop_id, *_values(draft), is_on) for draft, is_on in added]
            )
            await connection.executemany(
                _CHANGE,
                [  # in the order in which shoppers lock them
                    (shop_id, number, *_values(draft), is_on)
                    for number, draft, is_on in sorted(changed, key=lambda each: each[0])
                ],
            )
    except asyncpg.UniqueViolationError as error:
        raise CodeTaken("some of the codes were added meanwhile: plan it again") from error


class Usage(BaseModel):
    """What came of a code, in one currency; `open_orders` keep it and are not paid.

    `uses`: paid orders, also if all of their money went back. `discount_minor`: taken off the
    goods; `net_minor`: what the goods of these orders brought, without the discounts of the whole
    order and without refunded goods. An order with two codes counts for both.
    """

    model_config = ConfigDict(frozen=True)

    promo_id: int
    code: str
    currency: str
    uses: int
    open_orders: int
    discount_minor: int
    net_minor: int


_USAGE = """
SELECT c.id AS promo_id, c.code, o.currency,
    count(*) FILTER (WHERE o.paid_at IS NOT NULL) AS uses,
    count(*) FILTER (WHERE o.status IN ('created', 'held')) AS open_orders,
    coalesce(sum(u.discount_minor) FILTER (WHERE o.paid_at IS NOT NULL), 0)::bigint
        AS discount_minor,
    coalesce(sum(o.total_minor - o.shipping_minor - o.tax_minor - o.tip_minor
        - CASE WHEN o.status = 'refunded'
            THEN o.total_minor - o.shipping_minor - o.tax_minor - o.tip_minor
            ELSE coalesce((SELECT sum(r.goods_minor) FROM order_refunds AS r
                WHERE r.order_id = o.id AND r.state = 'done'), 0) END)
        FILTER (WHERE o.paid_at IS NOT NULL), 0)::bigint AS net_minor
FROM promo_codes AS c JOIN promo_uses AS u ON u.promo_id = c.id
    JOIN orders AS o ON o.id = u.order_id
WHERE c.shop_id = $1 AND ($2::bigint[] IS NULL OR c.id = ANY($2))
    AND o.status NOT IN ('cancelled', 'expired')
    AND coalesce(o.paid_at >= $3, true) AND coalesce(o.paid_at < $4, true)
GROUP BY c.id, c.code, o.currency
"""


async def usage(
    connection: Connection,
    shop_id: int,
    *,
    promo_ids: Sequence[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    size: int = 1000,
) -> list[Usage]:
    """Of the shop's codes, or of these, the most used first; of orders paid from `since` until
    before `until`."""
    rows = await connection.fetch(
        f"{_USAGE} ORDER BY uses DESC, c.id, o.currency LIMIT $5",
        shop_id,
        promo_ids,
        since,
        until,
        size,
    )
    return [Usage(**row) for row in rows]


async def rows_of(
    connection: Connection, shop_id: int, keys: Collection[str] | None = None
) -> list[asyncpg.Record]:
    """Every code, or those with one of these keys, in the order in which they were added: rows for
    `store.code_of`, since making codes of a hundred thousand takes seconds."""
    rows: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {COLUMNS} FROM promo_codes AS c WHERE c.shop_id = $1 "
        f"{'' if keys is None else 'AND c.code_key = ANY($2::text[]) '}ORDER BY c.id",
        shop_id,
        *([] if keys is None else [list(keys)]),
    )
    return rows
