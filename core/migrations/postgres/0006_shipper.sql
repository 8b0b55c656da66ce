-- Several shards: which one an event goes to says its shop's number, modulo how many there are.
-- It stands beside the slot, which every emit reads: whoever writes, the shard is found in one place.
-- ClickHouse keeps a shard in a byte.
ALTER TABLE outbox_slot
    ADD COLUMN shards smallint NOT NULL DEFAULT 1 CHECK (shards BETWEEN 1 AND 256);

-- What the operator asks of a shard: how much it has shipped, and what last went wrong.
ALTER TABLE shipments
    ADD COLUMN shipped_bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN batches bigint NOT NULL DEFAULT 0,
    ADD COLUMN retries bigint NOT NULL DEFAULT 0,
    ADD COLUMN last_error text,
    ADD COLUMN last_error_at timestamptz,
    ADD CHECK ((last_error IS NULL) = (last_error_at IS NULL));

CREATE INDEX dead_letters_shop ON dead_letters (shop_id);

-- The orders on their way, which the standing checks leave out: found without reading the backlog.
CREATE INDEX outbox_paid ON outbox (shard, xid, pos) WHERE event = 'order_paid';
