-- An event is late a quarter of an hour after it happened, not twelve hours: days of the roll-up may
-- be used so much sooner. What the lag is kept as is cut to two digits, so that 43,200,000 let
-- events of up to 13 minutes more pass; 900,000 has two.
ALTER TABLE late_events_view MODIFY QUERY
SELECT shop_id, toStartOfFifteenMinutes(occurred_at) AS quarter, count() AS events
FROM events
WHERE stored_after_ms >= 900000 AND NOT is_staff AND NOT is_test
GROUP BY shop_id, quarter;

-- Days that were folded sooner than twelve hours after their end may lack events that did not count
-- as late: they are not used until they are folded again.
ALTER TABLE people_day UPDATE folded_at = ends_at
WHERE event = '' AND folded_at > ends_at AND folded_at < ends_at + INTERVAL 13 HOUR
SETTINGS mutations_sync = 2;
