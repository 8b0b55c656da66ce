-- Up to which number the events are in ClickHouse and no longer in the outbox: what ClickHouse has
-- beyond it and the outbox has not is of a later time than a restored PostgreSQL. Of those emptied
-- before, nothing is known but that they are not beyond the sequence.
ALTER TABLE outbox_slot ADD COLUMN emptied_pos bigint NOT NULL DEFAULT 0;
UPDATE outbox_slot
SET emptied_pos = (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_pos);

CREATE TABLE backups ( -- those made by `vitrina backup create`, for the operator's checks
    id text PRIMARY KEY,
    place text NOT NULL, -- folder or address, without keys
    made_at timestamptz NOT NULL, -- of the moment that it holds
    finished_at timestamptz NOT NULL DEFAULT now(),
    is_encrypted boolean NOT NULL,
    bytes bigint NOT NULL, -- written by this one, without what it shares with earlier ones
    verified_at timestamptz -- of the last verification by a restore
);
