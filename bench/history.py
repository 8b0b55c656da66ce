"""Events like those of real shops, made by ClickHouse itself: millions in seconds, the same each
time.

A few shops have most of the shoppers, a few shoppers are most active. A purchase is five events of
one order, one in thirty of them is refunded; a shopper's first start is on a random day.
"""

from dataclasses import dataclass
from datetime import date

from clickhouse_connect.driver.client import Client

_CHUNK = 2_000_000

_FILL = """
INSERT INTO events (shop_id, bot_id, event, event_version, occurred_at, recorded_after_ms,
    stored_after_ms, mode,
    buyer_no, session_no, first_source_id, last_source_id, lang, is_premium, is_staff, is_test,
    order_id, product_id, amount_minor, currency, quantity, latency_us, outcome, props,
    retention_days, shard, pos)
WITH
    arrayMap(salt -> cityHash64(number, salt) / 18446744073709551616., range(8)) AS luck,
    1 + toUInt32(floor({shops:UInt32} * pow(luck[1], 3))) AS shop,
    1 + toUInt64(floor(pow(luck[2], 2) * (50 + 100000 / shop))) AS buyer,
    toUInt32(floor(luck[3] * {days:UInt32})) AS day_no,
    addMilliseconds(toDateTime64({first:Date}, 3, 'UTC'),
        toInt64(day_no * 86400000 + luck[4] * 86399000)) AS at,
    cityHash64(shop, buyer) AS person,
    multiIf(luck[5] < 0.30, 'update_handled', luck[5] < 0.42, 'reply_acknowledged',
        luck[5] < 0.60, 'button_pressed', luck[5] < 0.70, 'message_received',
        luck[5] < 0.82, 'screen_viewed', luck[5] < 0.90, 'product_viewed',
        luck[5] < 0.94, 'catalog_viewed', luck[5] < 0.965, 'bot_started',
        luck[5] < 0.98, 'cart_item_added', luck[5] < 0.986, 'checkout_started',
        luck[5] < 0.988, 'payment_failed', luck[5] < 0.996, 'worker_heartbeat', 'purchase') AS kind,
    toInt64(100 + floor(luck[6] * 50) * 100) AS price,
    arrayJoin(if(kind != 'purchase', [kind],
        arrayConcat(['order_created', 'payment_initiated', 'payment_succeeded', 'order_paid',
            'order_line'], if(luck[7] < 0.033, ['refund_completed'], [])))) AS name,
    kind = 'purchase' AS is_order,
    name IN ('update_handled', 'reply_acknowledged', 'worker_heartbeat') AS is_nobodys
SELECT shop, 7000000000 + shop, name, 1, at, toInt64(2 + luck[8] * 4), 700, 'hosted',
    if(is_nobodys, 0, buyer), 1 + toUInt32(luck[7] * 20), person % 8, intDiv(person, 8) % 8,
    ['ru', 'ru', 'ru', 'ru', 'ru', 'en', 'uz', 'uk'][1 + intDiv(person, 64) % 8],
    intDiv(person, 512) % 16 = 0, false, intDiv(person, 8192) % 4096 = 0,
    if(is_order, number + 1, 0), if(is_order OR name IN ('product_viewed', 'cart_item_added'),
        shop * 100 + toUInt64(luck[6] * 50), 0),
    if(is_order OR name = 'payment_failed', price, 0),
    if(is_order OR name = 'payment_failed', 'XTR', ''), if(is_order, 1, 0),
    multiIf(name = 'update_handled', toUInt64(exp(7 + 2 * luck[7])),
        name = 'reply_acknowledged', toUInt64(exp(10 + 2 * luck[7])), 0),
    multiIf(name = 'update_handled', 'ok', name = 'payment_succeeded', 'stars', ''),
    multiIf(name = 'bot_started' AND person % {days:UInt32} = day_no, '{"is_first":true}',
        name = 'order_paid', '{"discount_minor":10,"is_digital":true}',
        name = 'order_line', '{"cost_minor":50}', ''),
    365, 0, number * 8 + transform(name, ['order_created', 'payment_initiated',
        'payment_succeeded', 'order_paid', 'order_line', 'refund_completed'], [1, 2, 3, 4, 5, 6], 0)
FROM numbers({begin:UInt64}, {rows:UInt64})
"""


@dataclass(frozen=True, slots=True)
class History:
    """So many days from `first`, of so many shops; event numbers start at `begin`."""

    first: date
    days: int
    shops: int
    begin: int = 0


def fill(client: Client, history: History, rows: int) -> None:
    """Writes about so many events; a purchase counts once and is five of them."""
    for start in range(0, rows, _CHUNK):
        client.command(
            _FILL,
            parameters={
                "shops": history.shops,
                "days": history.days,
                "first": history.first,
                "begin": history.begin + start,
                "rows": min(_CHUNK, rows - start),
            },
            # No view on this table is measured here.
            settings={"max_partitions_per_insert_block": 0, "max_memory_usage": 3_000_000_000},
        )
