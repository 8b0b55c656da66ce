-- How many events of a day there were before it was folded, and of how many its figures were made.
CREATE TABLE IF NOT EXISTS arrival_day (
    day Date,
    shop_id UInt32,
    events UInt64
) ENGINE = MergeTree
PARTITION BY day
ORDER BY (shop_id)
TTL day + INTERVAL 730 DAY
SETTINGS ttl_only_drop_parts = 1;

ALTER TABLE health_day ADD COLUMN IF NOT EXISTS folded_from UInt64 DEFAULT events AFTER events;
