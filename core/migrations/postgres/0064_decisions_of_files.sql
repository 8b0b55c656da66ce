-- What was taken from a file says so by itself: as a name it could be that of an owner's link, too.
ALTER TABLE fraud_decisions ADD COLUMN is_from_file boolean NOT NULL DEFAULT false;
UPDATE fraud_decisions SET is_from_file = true, decided_by = ''
WHERE decided_by = 'file' AND link_id IS NULL;
