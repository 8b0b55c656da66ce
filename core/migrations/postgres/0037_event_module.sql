-- The key of the module in whose work an event happened; empty: the platform's own, or another
-- program's.
ALTER TABLE outbox ADD COLUMN module text NOT NULL DEFAULT '';
