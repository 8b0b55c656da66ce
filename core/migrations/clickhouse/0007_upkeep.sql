-- What each partition took on a day, measured by Dagster: the storage forecast is read from here.
CREATE TABLE IF NOT EXISTS storage_day (
    day Date,
    table LowCardinality(String),
    partition String,
    starts_on Date, -- its first day
    kept_days Nullable(UInt16), -- after which it runs out; null: never
    rows UInt64,
    bytes UInt64,
    parts UInt32
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (table, partition)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1;
