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

-- Those of before, once: the token makes a second run of this script harmless. What is stored between
-- the view and this counts twice, and its day is only read from the events until it is folded again;
-- a count too low would hide what a day lacks.
INSERT INTO late_events
SELECT shop_id, toStartOfFifteenMinutes(occurred_at) AS quarter, count() AS events
FROM events
WHERE stored_after_ms >= 43200000 AND NOT is_staff AND NOT is_test
GROUP BY shop_id, quarter
ORDER BY shop_id, quarter
SETTINGS insert_deduplication_token = 'late_events of before the view';
