-- One row an event. Widths, codecs and the sort key were measured: see docs/decisions and bench/.
CREATE TABLE IF NOT EXISTS events (
    shop_id UInt32 CODEC(ZSTD(1)),
    bot_id UInt64 CODEC(T64, ZSTD(1)),
    event LowCardinality(String) CODEC(ZSTD(1)),
    event_version UInt8 CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    mode LowCardinality(String) CODEC(ZSTD(1)),
    buyer_no UInt64 CODEC(T64, ZSTD(1)),
    session_no UInt32 CODEC(T64, ZSTD(1)),
    first_source_id UInt32 CODEC(T64, ZSTD(1)),
    last_source_id UInt32 CODEC(T64, ZSTD(1)),
    lang LowCardinality(String) CODEC(ZSTD(1)),
    is_premium Bool CODEC(ZSTD(1)),
    is_staff Bool CODEC(ZSTD(1)),
    is_test Bool CODEC(ZSTD(1)),
    order_id UInt64 CODEC(Delta, ZSTD(1)),
    product_id UInt64 CODEC(T64, ZSTD(1)),
    variant_id UInt64 CODEC(T64, ZSTD(1)),
    amount_minor Int64 CODEC(T64, ZSTD(1)),
    currency LowCardinality(String) CODEC(ZSTD(1)),
    quantity Int32 CODEC(T64, ZSTD(1)),
    latency_us UInt64 CODEC(T64, ZSTD(1)),
    outcome LowCardinality(String) CODEC(ZSTD(1)),
    props String CODEC(ZSTD(1)),
    retention_days UInt16 CODEC(ZSTD(1)),
    shard UInt8 CODEC(ZSTD(1)),
    pos UInt64 CODEC(Delta, ZSTD(1))
) ENGINE = MergeTree
PARTITION BY (retention_days, toMonday(occurred_at))
ORDER BY (shop_id, toDate(occurred_at), event, occurred_at)
TTL toDateTime(occurred_at) + toIntervalDay(retention_days)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

-- Counts and sums by minute, no sketches, kept for two days: the rollup that the shipper's tests hold
-- equal to the events. The panel reads the events themselves, which was fast enough so far.
CREATE TABLE IF NOT EXISTS live_minute (
    shop_id UInt32,
    minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
    event LowCardinality(String),
    currency LowCardinality(String),
    events UInt64 CODEC(T64, ZSTD(1)),
    amount_minor Int64 CODEC(T64, ZSTD(1)),
    quantity Int64 CODEC(T64, ZSTD(1))
) ENGINE = SummingMergeTree((events, amount_minor, quantity))
PARTITION BY toDate(minute)
ORDER BY (shop_id, minute, event, currency)
TTL minute + INTERVAL 48 HOUR
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS live_minute_view TO live_minute AS
SELECT
    shop_id,
    toStartOfMinute(occurred_at) AS minute,
    event,
    currency,
    count() AS events,
    sum(amount_minor) AS amount_minor,
    sum(quantity) AS quantity
FROM events
WHERE NOT is_staff AND NOT is_test
GROUP BY shop_id, minute, event, currency;
