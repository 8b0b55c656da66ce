-- Alerts go to the owners' chats once; those of before this version are in the panel alone.
ALTER TABLE access_alerts ADD COLUMN told_at timestamptz;
UPDATE access_alerts SET told_at = now();
CREATE INDEX access_alerts_untold ON access_alerts (id)
    WHERE told_at IS NULL AND answered_at IS NULL;
