-- When it was found that a scheduled one had not gone out on its evening; until it is scheduled anew.
ALTER TABLE broadcasts ADD COLUMN missed_at timestamptz;
