-- What the hourly fraud run keeps: one partition a day, in which an hour is replaced as a whole.
-- A shopper's signal of an hour that says anything at all: the reasons, and what previews count.
CREATE TABLE IF NOT EXISTS fraud_signal (
    day Date,
    hour DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    shop_id UInt32,
    buyer_no UInt64 CODEC(T64, ZSTD(1)),
    abuse LowCardinality(String),
    rule LowCardinality(String),
    version UInt16,
    value Float64,
    threshold Float64,
    window_seconds UInt32,
    weight Float64,
    contribution Float64,
    is_hit Bool,
    is_shadow Bool
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, rule, buyer_no, hour)
TTL day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS fraud_score (
    day Date,
    hour DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    shop_id UInt32,
    buyer_no UInt64 CODEC(T64, ZSTD(1)),
    abuse LowCardinality(String),
    score Float64,
    shadow_score Float64,
    outcome LowCardinality(String)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, buyer_no, abuse, hour)
TTL day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- Newcomers by source and hour: the hour's marks, and the baseline of the hours to come.
CREATE TABLE IF NOT EXISTS fraud_source_hour (
    day Date,
    hour DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    shop_id UInt32,
    source_id UInt32,
    newcomers UInt32,
    engaged UInt32,
    robots UInt32,
    odd_ids UInt32,
    burst_z Float64,
    engagement_bound Float64,
    engagement_baseline Nullable(Float64)
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, source_id, hour)
TTL day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- As published last: fraud, suspect or clear. The clean figures leave the fraud out.
CREATE TABLE IF NOT EXISTS fraud_verdict (
    shop_id UInt32,
    buyer_no UInt64,
    verdict LowCardinality(String),
    abuse LowCardinality(String),
    score Float64,
    outcome LowCardinality(String),
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at)
ORDER BY (shop_id, buyer_no);
