"""An outbox full of events like those of real shops, made by PostgreSQL itself.

A few shops have most of the shoppers, a few shoppers are most active; most events are updates,
presses and screens, one in sixty is an order's. A shopper's language, source and premium are always
the same. Events of one update, which would compress better together, are drawn independently here.
"""

from datetime import timedelta

from core.postgres import Connection

CHUNK_ROWS = 250_000

_FILL = """
INSERT INTO outbox (slot, shard, shop_id, bot_id, event, event_version, occurred_at, recorded_at,
    mode, buyer_no, session_no, first_source_id, last_source_id, lang, is_premium, is_staff,
    is_test, order_id, product_id, variant_id, amount_minor, currency, quantity, latency_us,
    outcome, props, retention_days)
SELECT (SELECT slot FROM outbox_slot), shop_id % (SELECT shards FROM outbox_slot),
    shop_id, 7000000000 + hashint4(shop_id) & 268435455, event, 1,
    occurred_at, occurred_at + make_interval(secs => 0.002 + 0.004 * more), 'hosted',
    CASE WHEN event = 'reply_acknowledged' THEN 0 ELSE buyer_no END,
    CASE WHEN event = 'reply_acknowledged' THEN 0 ELSE 1 + (8 * ln(1 / luck))::int END,
    person & 7, (person >> 3) & 7,
    (ARRAY['ru', 'ru', 'ru', 'ru', 'ru', 'en', 'uz', 'uk'])[1 + ((person >> 6) & 7)],
    (person >> 9) & 15 = 0, false, person & 4095 = 0,
    CASE WHEN is_order THEN n / 60 ELSE 0 END,
    CASE WHEN has_product THEN shop_id * 100 + product ELSE 0 END, 0,
    CASE WHEN is_order THEN 100 * (1 + product * product % 50) - 1 ELSE 0 END,
    CASE WHEN is_order THEN (ARRAY['XTR', 'RUB'])[1 + shop_id % 2] ELSE '' END,
    CASE WHEN is_order THEN 1 ELSE 0 END,
    CASE event WHEN 'update_handled' THEN exp(7 + 2 * luck + more)::bigint
        WHEN 'reply_acknowledged' THEN exp(10 + luck + more)::bigint ELSE 0 END,
    CASE event WHEN 'update_handled' THEN 'ok' ELSE '' END,
    CASE event WHEN 'screen_viewed'
            THEN (ARRAY['{"screen":"menu"}', '{"screen":"card"}', '{"screen":"cart"}'])[1 + n % 3]
        WHEN 'catalog_viewed' THEN '{"page":' || (3 * luck * luck)::int || '}'
        WHEN 'bot_started' THEN CASE WHEN luck < 0.5 THEN '{"is_first":true}' ELSE '' END
        ELSE '' END,
    365
FROM (
    SELECT *, hashint8(buyer_no * 1000 + shop_id) AS person,
        event LIKE 'order%' OR event LIKE 'payment%' AS is_order,
        event IN ('product_viewed', 'cart_item_added', 'order_line') AS has_product
    FROM (
        SELECT n, luck, more, shop_id, occurred_at, 1 + (60 * product * product)::int AS product,
            1 + (power(buyer, 2) * (50 + 100000 / shop_id))::bigint AS buyer_no,
            CASE WHEN kind < 0.30 THEN 'update_handled' WHEN kind < 0.42 THEN 'reply_acknowledged'
                WHEN kind < 0.60 THEN 'button_pressed' WHEN kind < 0.70 THEN 'message_received'
                WHEN kind < 0.82 THEN 'screen_viewed' WHEN kind < 0.90 THEN 'product_viewed'
                WHEN kind < 0.94 THEN 'catalog_viewed' WHEN kind < 0.965 THEN 'bot_started'
                WHEN kind < 0.98 THEN 'cart_item_added' WHEN kind < 0.984 THEN 'checkout_started'
                WHEN kind < 0.989 THEN 'order_created' WHEN kind < 0.992 THEN 'payment_initiated'
                WHEN kind < 0.995 THEN 'payment_succeeded' WHEN kind < 0.998 THEN 'order_paid'
                ELSE 'order_line' END AS event
        FROM (
            SELECT n, 1 - random() AS luck, random() AS more, random() AS kind, random() AS buyer,
                random() AS product, 1 + ($4::int * power(random(), 3))::int % $4::int AS shop_id,
                now() - $5::interval * (1 - (n + random()) / ($3::float8 + 1)) AS occurred_at
            FROM generate_series($1::int, $2::int) AS n
        ) AS drawn
    ) AS told
) AS known
"""


async def fill(
    connection: Connection,
    rows: int,
    *,
    shops: int = 500,
    span: timedelta = timedelta(hours=1),
) -> None:
    """Writes `rows` events of `shops` shops over the last `span`, a transaction a chunk."""
    await connection.execute("SELECT setseed(0.5)")
    for first in range(1, rows + 1, CHUNK_ROWS):
        last = min(rows, first + CHUNK_ROWS - 1)
        await connection.execute(_FILL, first, last, rows, shops, span, timeout=600)
