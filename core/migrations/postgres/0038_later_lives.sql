-- The later life of shops, bots and links: archived, paused, deleted; what a link cost.

ALTER TABLE shops
    ADD COLUMN archived_at timestamptz, -- its bots are stopped, its figures stay
    ADD COLUMN delete_after timestamptz, -- its owner wants it deleted: until then it can be restored
    ADD CHECK (delete_after IS NULL OR archived_at IS NOT NULL);
CREATE INDEX shops_to_delete ON shops (delete_after) WHERE delete_after IS NOT NULL;

-- A shop that is gone. Its number is never given out again.
CREATE TABLE deleted_shops (
    shop_id int PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now(), -- from PostgreSQL
    cleared_at timestamptz -- from ClickHouse
);

ALTER TABLE bots
    ADD COLUMN paused_at timestamptz, -- answers nobody, but handles what was paid
    ADD COLUMN pause_text jsonb; -- {"ru", "en"}; null: says nothing

ALTER TABLE sources
    ADD COLUMN label text NOT NULL DEFAULT '' CHECK (length(label) <= 100),
    ADD COLUMN campaign text NOT NULL DEFAULT '' CHECK (length(campaign) <= 100),
    ADD COLUMN medium text NOT NULL DEFAULT '' CHECK (length(medium) <= 100),
    ADD COLUMN archived_at timestamptz;
-- What was told of a link's cost last: `ad_cost_recorded` takes it back when it changes.
CREATE TABLE source_costs (
    source_id int NOT NULL REFERENCES sources ON DELETE CASCADE,
    day date NOT NULL, -- the shop's own
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, day)
);
