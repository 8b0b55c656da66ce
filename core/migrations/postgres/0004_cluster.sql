-- Transaction numbers mean something only within one cluster: restored from a dump into another,
-- they start again, far below the rows and the place that were restored. So both say whose they are.

-- Its system identifier; constant for as long as any plan lives, and thus read once for a plan.
CREATE FUNCTION outbox_cluster() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS 'SELECT system_identifier FROM pg_catalog.pg_control_system()';

ALTER TABLE outbox ADD COLUMN cluster bigint NOT NULL DEFAULT outbox_cluster();
ALTER TABLE shipments ADD COLUMN cluster bigint NOT NULL DEFAULT outbox_cluster();
