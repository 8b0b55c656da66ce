-- Events that were stored 12 hours late or more, counted by the quarter of an hour in which they
-- happened: whether a day of the roll-up lacks some is looked up here, for among the events even
-- few cost a query a tenth of its time. Nothing is ever taken off, and a fold counts here, too.
CREATE TABLE IF NOT EXISTS late_events (
    shop_id UInt32,
    quarter DateTime('UTC'), -- no day of any clock begins within one
    events UInt64
) ENGINE = SummingMergeTree(events)
PARTITION BY toStartOfMonth(quarter)
ORDER BY (shop_id, quarter)
TTL quarter + INTERVAL 731 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS late_events_view TO late_events AS
SELECT shop_id, toStartOfFifteenMinutes(occurred_at) AS quarter, count() AS events
FROM events
WHERE stored_after_ms >= 43200000 AND NOT is_staff AND NOT is_test
GROUP BY shop_id, quarter;

-- Those of before, once: a second run of this script finds some.
INSERT INTO late_events
SELECT shop_id, toStartOfFifteenMinutes(occurred_at) AS quarter, count() AS events
FROM events
WHERE stored_after_ms >= 43200000 AND NOT is_staff AND NOT is_test
    AND (SELECT count() FROM late_events) = 0
GROUP BY shop_id, quarter;
