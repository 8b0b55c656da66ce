-- Who did what on a shop's day, as bitmaps of `buyer_no` that merge exactly: the distinct people of
-- any range without its events (`core/people_day.py`). Analysts: groupBitmapMerge(people).
-- Granules are small, because a query is about few shops and every granule has many; a partition is
-- a month, because a part for each day costs a query of two months half of its time.
CREATE TABLE IF NOT EXISTS people_day (
    day Date,
    shop_id UInt32,
    event LowCardinality(String), -- empty: the day was folded, and its clock
    currency LowCardinality(String),
    is_flagged Bool, -- by flagged fraud: the clean variant is without these rows
    starts_at DateTime64(3, 'UTC'),
    ends_at DateTime64(3, 'UTC'),
    known_until DateTime64(3, 'UTC'),
    folded_at DateTime64(3, 'UTC'),
    late_events UInt64,
    events UInt64,
    quantity Int64,
    amount_minor Int64,
    goods_minor Int64,
    discount_minor Int64,
    tax_minor Int64,
    shipping_minor Int64,
    base_goods_minor Nullable(Int64),
    base_discount_minor Nullable(Int64),
    base_tax_minor Nullable(Int64),
    base_shipping_minor Nullable(Int64),
    people_numbers Array(UInt64) EPHEMERAL,
    people AggregateFunction(groupBitmap, UInt64) MATERIALIZED bitmapBuild(people_numbers)
) ENGINE = MergeTree
PARTITION BY toStartOfMonth(day)
ORDER BY (shop_id, day, event, currency, is_flagged)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 256;

-- Events that came late are few, and are looked for in every range that is read from the roll-up.
ALTER TABLE events ADD INDEX IF NOT EXISTS stored_late stored_after_ms TYPE minmax GRANULARITY 1;

ALTER TABLE events MATERIALIZE INDEX stored_late SETTINGS mutations_sync = 2;
