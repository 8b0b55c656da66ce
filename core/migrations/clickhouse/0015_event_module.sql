-- The key of the module in whose work an event happened; empty: the platform's own, another
-- program's, or from before it was noted.
ALTER TABLE events ADD COLUMN IF NOT EXISTS module LowCardinality(String) CODEC(ZSTD(1))
    AFTER outcome;
