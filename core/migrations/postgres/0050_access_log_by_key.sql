-- How often a key was used: its link changes when that is rotated, its number stays.
CREATE INDEX access_log_by_key ON access_log (key_id) WHERE key_id IS NOT NULL;
