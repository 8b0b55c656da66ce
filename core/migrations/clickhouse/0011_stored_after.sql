-- When an event was stored, so that the lag (metric 50) holds a shipper that was away: kept as the
-- distance from when it happened, cut to two digits and to a tenth of a second, for every digit of
-- a backlog's would take a byte an event. Of events that are there already only the recording is
-- known.
ALTER TABLE events ADD COLUMN IF NOT EXISTS stored_after_ms Int64
    DEFAULT recorded_after_ms CODEC(T64, ZSTD(1)) AFTER recorded_after_ms;

-- Not MATERIALIZE: run again with the default changed below, it would be now.
ALTER TABLE events UPDATE stored_after_ms = recorded_after_ms
WHERE true SETTINGS mutations_sync = 2;

ALTER TABLE events MODIFY COLUMN stored_after_ms Int64 DEFAULT arrayMap(
    (late, place) -> intDiv(late, place) * place,
    [greatest(0, dateDiff('millisecond', occurred_at, now64(3, 'UTC')))],
    [toInt64(exp10(greatest(2, floor(log10(greatest(1,
        dateDiff('millisecond', occurred_at, now64(3, 'UTC'))))) - 1)))]
)[1] CODEC(T64, ZSTD(1));
