-- What each model said of a shopper and an abuse in an hour, the champion's and that of the one in
-- its shadow; `told`: the features that raised it most, as JSON.
CREATE TABLE IF NOT EXISTS fraud_model_score (
    day Date,
    hour DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    shop_id UInt32,
    buyer_no UInt64 CODEC(T64, ZSTD(1)),
    abuse LowCardinality(String),
    model UInt32,
    score Float64,
    told String CODEC(ZSTD(1))
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id, buyer_no, abuse, hour, model)
TTL day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;
