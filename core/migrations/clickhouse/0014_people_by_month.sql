-- A partition a month: a query about two months opened sixty parts, and half of its time was theirs.
-- Everything in the table is folded from the events, and is folded again by the daily run.
DROP TABLE IF EXISTS people_day;

CREATE TABLE people_day (
    day Date,
    shop_id UInt32,
    event LowCardinality(String), -- empty: the day was folded, and its clock
    currency LowCardinality(String),
    is_flagged Bool, -- by flagged fraud: the clean variant is without these rows
    starts_at DateTime64(3, 'UTC'),
    ends_at DateTime64(3, 'UTC'),
    known_until DateTime64(3, 'UTC'),
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
