"""Reviews and what they add up to."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.conditions import Conditions
from core.errors import NotFound
from core.postgres import Connection
from core.shop import files
from core.shop.bots import of_its_shop
from core.shop.orders import Order

OWNER = "reviews"  # of the pictures, in `core.shop.files`
State = Literal["waiting", "shown", "hidden"]


class Review(BaseModel):
    """A review of a line of an order. `sha256`: its picture, a file of the shop; `answer` is the
    shop's."""

    model_config = ConfigDict(frozen=True)

    id: int
    bot_id: int
    order_id: int
    order_no: int
    line: int
    product_id: int
    title: str
    buyer_no: int
    rating: int
    body: str
    file_id: str = Field(exclude=True)
    sha256: str | None
    state: State
    moderated_by: str
    answer: str
    version: int
    created_at: datetime
    changed_at: datetime

    @property
    def has_words(self) -> bool:
        """Something in it that somebody should look at before others do."""
        return bool(self.body or self.file_id)


class Summary(BaseModel):
    """What a product's shown reviews add up to; `average` has one decimal, None without any."""

    model_config = ConfigDict(frozen=True)

    product_id: int
    title: str
    reviews: int
    average: float | None


_SELECT = """
SELECT r.id, r.bot_id, r.order_id, o.order_no, r.line, r.product_id, l.title, r.buyer_no, r.rating,
    r.body, r.file_id, encode(r.sha256, 'hex') AS sha256, r.state, r.moderated_by, r.answer,
    r.version, r.created_at, r.changed_at
FROM reviews AS r JOIN orders AS o ON o.id = r.order_id
JOIN order_lines AS l ON (l.order_id, l.line) = (r.order_id, r.line)
"""


def key_of(review_id: int) -> str:
    """The review's row, as its files name it."""
    return f"review:{review_id}"


async def rate(
    connection: Connection, order: Order, line: int, rating: int
) -> tuple[Review, int | None]:
    """The review of a line with this rating, and the rating that it had before; None: it is new."""
    before: int | None = await connection.fetchval(
        "SELECT rating FROM reviews WHERE order_id = $1 AND line = $2 FOR UPDATE", order.id, line
    )
    number: int = await connection.fetchval(
        "INSERT INTO reviews AS r (shop_id, bot_id, order_id, line, product_id, buyer_no, rating) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (order_id, line) DO UPDATE "
        "SET rating = $7, changed_at = now(), version = r.version + 1 RETURNING id",
        order.shop_id,
        order.bot_id,
        order.id,
        line,
        order.lines[line - 1].product_id,
        order.buyer_no,
        rating,
    )
    return await get(connection, order.bot_id, number), before


async def write(
    connection: Connection, review: Review, *, body: str, file_id: str, state: State
) -> Review:
    """The words and the picture, in place of those before; what the shop answered to those goes."""
    shop_id: int = await connection.fetchval(
        "UPDATE reviews SET body = $2, file_id = $3, sha256 = NULL, state = $4, answer = '', "
        "answered_at = NULL, moderated_by = '', changed_at = now(), version = version + 1 "
        "WHERE id = $1 RETURNING shop_id",
        review.id,
        body,
        file_id,
        state,
    )
    await files.let_go(connection, shop_id, OWNER, key_of(review.id))
    return await get(connection, review.bot_id, review.id)


async def note_picture(connection: Connection, review: Review, sha256: str) -> None:
    """Its file is there, unless the shopper has changed it since."""
    await connection.execute(
        "UPDATE reviews SET sha256 = $2 WHERE id = $1 AND file_id = $3",
        review.id,
        bytes.fromhex(sha256),
        review.file_id,
    )


async def moderate(connection: Connection, review: Review, state: State, by: str) -> Review:
    await connection.execute(
        "UPDATE reviews SET state = $2, moderated_by = $3 WHERE id = $1", review.id, state, by
    )
    return await get(connection, review.bot_id, review.id)


async def answer(connection: Connection, review: Review, text: str) -> Review:
    await connection.execute(
        "UPDATE reviews SET answer = $2, answered_at = now(), version = version + 1 WHERE id = $1",
        review.id,
        text,
    )
    return await get(connection, review.bot_id, review.id)


async def get(connection: Connection, bot_id: int, review_id: int, *, lock: bool = False) -> Review:
    """Raises NotFound, also for another bot's."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE r.id = $1 AND r.bot_id = $2 AND {of_its_shop('r')} "
        f"{'FOR UPDATE OF r' if lock else ''}",
        review_id,
        bot_id,
    )
    if row is None:
        raise NotFound(f"there is no review {review_id}")
    return Review(**row)


async def get_shown(connection: Connection, shop_id: int, review_id: int) -> Review:
    """One that everybody may see, by whichever of the shop's bots it came. Raises NotFound."""
    row = await connection.fetchrow(
        f"{_SELECT} WHERE r.id = $1 AND r.shop_id = $2 AND r.state = 'shown'", review_id, shop_id
    )
    if row is None:
        raise NotFound(f"no review {review_id} is shown")
    return Review(**row)


async def of_order(connection: Connection, order_id: int) -> dict[int, Review]:
    """An order's reviews, by line."""
    rows = await connection.fetch(f"{_SELECT} WHERE r.order_id = $1", order_id)
    return {row["line"]: Review(**row) for row in rows}


async def shown(
    connection: Connection, shop_id: int, product_id: int, *, limit: int, offset: int
) -> list[Review]:
    """A product's, for everybody; the newest first."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE r.product_id = $1 AND r.shop_id = $2 AND r.state = 'shown' "
        "ORDER BY r.id DESC LIMIT $3 OFFSET $4",
        product_id,
        shop_id,
        limit,
        offset,
    )
    return [Review(**row) for row in rows]


async def summary(connection: Connection, shop_id: int, product_id: int) -> Summary | None:
    """None without any shown review."""
    found = await summaries(connection, shop_id, product_id=product_id, limit=1)
    return found[0] if found else None


async def summaries(
    connection: Connection, shop_id: int, *, product_id: int | None = None, limit: int = 200
) -> list[Summary]:
    """Of the products with shown reviews, those with the most first."""
    rows = await connection.fetch(
        "SELECT p.id AS product_id, p.title, count(*) AS reviews, "
        "round(avg(r.rating), 1)::float8 AS average "
        "FROM reviews AS r JOIN products AS p ON p.id = r.product_id "
        "WHERE r.shop_id = $1 AND r.state = 'shown' AND ($2::bigint IS NULL OR p.id = $2) "
        "GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT $3",
        shop_id,
        product_id,
        limit,
    )
    return [Summary(**row) for row in rows]


async def listed(
    connection: Connection,
    bot_id: int,
    *,
    state: State | None,
    product_id: int | None,
    before: int | None,
    limit: int,
) -> list[Review]:
    """For the owner, the newest first, below the id `before`."""
    where = Conditions()
    where.add("r.bot_id = {}", bot_id)
    where.add(of_its_shop("r"))
    if state is not None:
        where.add("r.state = {}", state)
    if product_id is not None:
        where.add("r.product_id = {}", product_id)
    if before is not None:
        where.add("r.id < {}", before)
    rows = await connection.fetch(
        f"{_SELECT} WHERE {where.sql} ORDER BY r.id DESC LIMIT {int(limit)}", *where.values
    )
    return [Review(**row) for row in rows]


async def waiting(connection: Connection, bot_id: int) -> tuple[int, datetime | None]:
    """How many wait for somebody to look at them, and since when the oldest does."""
    row = await connection.fetchrow(
        "SELECT count(*) AS count, min(changed_at) AS since FROM reviews AS r "
        f"WHERE bot_id = $1 AND state = 'waiting' AND {of_its_shop('r')}",
        bot_id,
    )
    assert row is not None  # an aggregate always gives a row
    return row["count"], row["since"]
