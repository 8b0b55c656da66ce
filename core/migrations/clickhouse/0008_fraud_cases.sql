-- What the clean figures go by: a shopper's abuse as published last. Who was fraud stays it when the
-- signals have run out; `since` is the end of the first hour that scored so.
CREATE TABLE IF NOT EXISTS fraud_case (
    shop_id UInt32,
    buyer_no UInt64,
    abuse LowCardinality(String),
    score Float64,
    outcome LowCardinality(String),
    seen_at DateTime64(3, 'UTC'), -- the end of its worst hour
    since DateTime64(3, 'UTC'),
    published_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(published_at)
ORDER BY (shop_id, buyer_no, abuse);

-- Verdicts published before there were cases. Running it again is harmless.
INSERT INTO fraud_case
SELECT shop_id, buyer_no, abuse, score, outcome, published_at, published_at, published_at
FROM fraud_verdict FINAL WHERE verdict = 'fraud';

-- How many events an hour was scored from: an hour that holds more is scored again.
CREATE TABLE IF NOT EXISTS fraud_hour_events (
    day Date,
    hour DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    events UInt64
) ENGINE = MergeTree
PARTITION BY day
ORDER BY hour
TTL day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;
