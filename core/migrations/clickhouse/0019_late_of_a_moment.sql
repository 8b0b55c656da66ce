-- What 0018 did not see: a fold by the version before it, which had read a day's events by then and
-- stored the day after. It lacks what came in between, and of that nothing counted as late that was
-- less than twelve hours late. All such events of the last two days count from now on: a day that
-- has more of them than its fold knew is read from the events until it is folded again. What was
-- stored since 0018 counts twice, for which one more fold is the price.
INSERT INTO late_events
SELECT shop_id, toStartOfFifteenMinutes(occurred_at) AS quarter, count() AS events
FROM events
WHERE occurred_at >= now() - INTERVAL 2 DAY
    AND stored_after_ms >= 900000 AND stored_after_ms < 43200000 AND NOT is_staff AND NOT is_test
GROUP BY shop_id, quarter
ORDER BY shop_id, quarter
SETTINGS insert_deduplication_token = 'late_events of a moment';
