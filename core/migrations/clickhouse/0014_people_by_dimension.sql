-- The roll-up of people also by what it is broken down by: first `dimension` (empty: everybody), in
-- it `key` (a source's id, a language). Rows of a dimension lie together, so that a query about
-- everybody does not read the others. A sort key cannot be changed, so the table is made anew.
DROP TABLE IF EXISTS people_day_0014;

CREATE TABLE people_day_0014 (
    day Date,
    shop_id UInt32,
    dimension LowCardinality(String),
    key LowCardinality(String),
    event LowCardinality(String), -- empty: the day was folded by this dimension, and its clock
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
        CODEC(ZSTD(1)) -- numbers of eight bytes, most of them zeros
) ENGINE = MergeTree
PARTITION BY toStartOfMonth(day)
ORDER BY (shop_id, dimension, day, event, currency, is_flagged, key)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 256;

-- Days of which only everybody is known: by a dimension they are counted from the events.
INSERT INTO people_day_0014 (day, shop_id, event, currency, is_flagged, starts_at, ends_at,
    known_until, folded_at, late_events, events, quantity, amount_minor, goods_minor,
    discount_minor, tax_minor, shipping_minor, base_goods_minor, base_discount_minor,
    base_tax_minor, base_shipping_minor, people_numbers)
SELECT day, shop_id, event, currency, is_flagged, starts_at, ends_at,
    known_until, folded_at, late_events, events, quantity, amount_minor, goods_minor,
    discount_minor, tax_minor, shipping_minor, base_goods_minor, base_discount_minor,
    base_tax_minor, base_shipping_minor, bitmapToArray(people)
FROM people_day
SETTINGS max_block_size = 8192, max_threads = 1, max_insert_threads = 1,
    min_insert_block_size_rows = 65536, min_insert_block_size_bytes = 67108864;

EXCHANGE TABLES people_day AND people_day_0014;

DROP TABLE people_day_0014;
