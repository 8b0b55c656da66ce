-- The key that a program fetched it with: what programs fetch is counted apart, for they press
-- nothing.
ALTER TABLE export_runs ADD COLUMN key_id int;
