-- A key that another has replaced goes on for its overlap, and is not rotated again.
ALTER TABLE analyst_keys ADD COLUMN replaced_by bigint REFERENCES analyst_keys ON DELETE SET NULL;
