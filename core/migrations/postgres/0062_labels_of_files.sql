-- Who decided is shown to owners as it stands; of labels of a file it is a code from now on, which the
-- panel says in the owner's language. Links have an id.
UPDATE fraud_decisions SET decided_by = 'file' WHERE decided_by = 'a file' AND link_id IS NULL;
