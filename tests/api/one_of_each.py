"""A shop with one of everything that an address of the API can name by a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.events import Origin
from core.postgres import Connection
from core.shop import payments, sources
from core.shop.shops import Shop
from core.shop.sources import SourceDraft
from tests.factories import (
    charge_of,
    create_bot,
    create_customer,
    create_order,
    create_product,
)

MODULES = [
    *("menu", "catalogue", "cart", "orders", "stars", "transfer", "wallet", "bookings"),
    *("broadcasts", "delivery", "loyalty", "promo", "referral", "reviews", "stock", "support"),
]
# By what is named: a row of `$1` the shop, `$2` its bot, `$3` a buyer, `$4` a product, `$5` an
# order; `{…}` stands for what was made before.
_ROWS: Mapping[str, str] = {
    "job": "INSERT INTO module_jobs (bot_id, module, task, due_at, not_before, error, failed_at) "
    "VALUES ($2, 'menu', 'x', now(), now(), 'x', now())",
    "notice": "INSERT INTO bot_notices (bot_id, kind, reason) VALUES ($2, 'x', 'x')",
    "write_key": "INSERT INTO write_keys (shop_id, label, key_digest, key_tail) "
    "VALUES ($1, 'x', sha256($1::text::bytea), 'tail')",
    "category": "INSERT INTO categories (shop_id, title) VALUES ($1, 'Tea')",
    "variant": "INSERT INTO product_variants (product_id, title) VALUES ($4, 'Large')",
    "parcel": "INSERT INTO order_parcels (order_id) VALUES ($5)",
    "refund": "INSERT INTO order_refunds (order_id, payment_id, amount_minor, goods_minor, "
    "shipping_minor, tax_minor, tip_minor) VALUES ($5, {payment}, 1, 1, 0, 0, 0)",
    "booking": "INSERT INTO bookings (shop_id, bot_id, buyer_no, product_id, title, places, "
    "calendar, starts_at, ends_at, state) VALUES ($1, $2, $3, $4, 'x', 1, $4, "
    "now() + interval '1 day', now() + interval '2 days', 'requested')",
    "broadcast": "INSERT INTO broadcasts (shop_id, bot_id, draft, created_by) VALUES ($1, $2, "
    """'{{"title": "x", "texts": [{{"ru": "x", "en": "x"}}]}}', 'x')""",
    "good": "INSERT INTO delivery_goods (shop_id, product_id, kind, sha256) "
    "VALUES ($1, $4, 'file', repeat('0', 64))",
    "promo": "INSERT INTO promo_codes (shop_id, code, code_key, kind, share_bp) "
    "VALUES ($1, 'SPRING', 'spring', 'percent', 100)",
    "reward": "INSERT INTO referral_rewards (shop_id, bot_id, buyer_no, invited_buyer_no, level, "
    "order_id, amount_minor, currency, is_share, earned_at, due_at) "
    "VALUES ($1, $2, 0, $3, 1, $5, 1, 'RUB', true, now(), now())",
    "review": "INSERT INTO reviews (shop_id, bot_id, order_id, line, product_id, buyer_no, rating) "
    "VALUES ($1, $2, $5, 1, $4, $3, 5)",
    "ticket": "INSERT INTO support_tickets (shop_id, bot_id, ticket_no, buyer_no) "
    "VALUES ($1, $2, 1, $3)",
    "question": "INSERT INTO support_questions (bot_id) VALUES ($2)",
    "answer": "INSERT INTO support_answers (bot_id, title) VALUES ($2, 'x')",
    "proof": "INSERT INTO transfer_proofs (shop_id, bot_id, order_id, buyer_no, file_id, "
    "unique_id) VALUES ($1, $2, $5, $3, 'x', 'x')",
    "sent_file": "INSERT INTO sent_files (bot_id, shop_id, buyer_no, owner, natural_key, kind, "
    "file_id, unique_id, size) VALUES ($2, $1, $3, 'support', 'x', 'picture', 'x', 'x', 1)",
    "wallet": "INSERT INTO wallets (shop_id, buyer_no, currency) VALUES ($1, $3, 'RUB')",
    "endpoint": "INSERT INTO webhook_endpoints (shop_id, label, url, events, sealed) "
    "VALUES ($1, 'x', 'https://shop.example/', '{{order.paid}}', '')",
    "delivery": "INSERT INTO webhook_deliveries (endpoint_id, shop_id, event, order_id, buyer_no, "
    "occurred_at, amount_minor, currency, state) VALUES ({endpoint}, $1, 'order.paid', $5, $3, "
    "now(), 1, 'RUB', 'parked')",
    "decision": "INSERT INTO fraud_decisions (shop_id, buyer_no, decision) "
    "VALUES ($1, $3, 'allowed')",
}


@dataclass(frozen=True, slots=True)
class Furnished:
    """A shop, its bot, and by their kinds the numbers of what is in it."""

    shop_id: int
    bot_id: int
    numbers: dict[str, Any]


async def furnish(connection: Connection, shop: Shop, *, earlier_buyers: int) -> Furnished:
    """One of each kind; `earlier_buyers` come first, so that the buyer's number is no other
    shop's."""
    bot = await create_bot(connection, shop, modules=MODULES)
    origin = Origin(shop.id, bot.id, "hosted", shop.retention_days)
    product = await create_product(connection, shop.id)
    for _ in range(earlier_buyers):
        await create_customer(connection, shop.id)
    buyer = await create_customer(connection, shop.id)
    order = await create_order(connection, origin, buyer, product)
    await payments.pay(connection, origin, buyer, order_id=order.id, charge=charge_of(order, buyer))
    digest = f"{shop.id:064x}"
    await connection.execute(
        "INSERT INTO files (sha256, size, media_type) VALUES ($1, 1, 'image/png')",
        bytes.fromhex(digest),
    )
    await connection.execute(
        "INSERT INTO file_uses (shop_id, owner, natural_key, sha256) VALUES ($1, 'x', 'x', $2)",
        *(shop.id, bytes.fromhex(digest)),
    )
    await connection.execute(
        "INSERT INTO staff_chats (bot_id, chat_id, title, has_topics) VALUES ($1, $2, 'x', false)",
        *(origin.bot_id, -100_000 - shop.id),
    )
    numbers: dict[str, Any] = {
        "buyer": buyer.buyer_no,
        "product": product.id,
        "order": order.id,
        "payment": await connection.fetchval("SELECT id FROM payments WHERE order_id=$1", order.id),
        "source": (await sources.create(connection, shop, SourceDraft())).id,
        "file": digest,
        "chat": -100_000 - shop.id,
    }
    given = (shop.id, origin.bot_id, buyer.buyer_no, product.id, order.id)
    for kind, row in _ROWS.items():
        numbers[kind] = await _made(connection, row.format(**numbers), given)
    return Furnished(shop.id, origin.bot_id, numbers)


async def _made(connection: Connection, row: str, given: tuple[int, ...]) -> int:
    """The id of a new row; `$1` to `$5` are written out, for not every row has all of them."""
    for place, value in enumerate(given, start=1):
        row = row.replace(f"${place}", str(value))
    made: int = await connection.fetchval(f"{row} RETURNING id")
    return made
