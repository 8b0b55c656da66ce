-- What the outbox held before it was emptied: so many events of a shop's day were handed to
-- ClickHouse. Health compares it with what ClickHouse holds, in which nothing may be missing.
CREATE TABLE event_ledger (
    shop_id int NOT NULL,
    day date NOT NULL, -- of occurred_at, in UTC
    events bigint NOT NULL, -- less what was erased since
    PRIMARY KEY (shop_id, day)
);

-- Shoppers who asked to be forgotten, with what was found and what was left of them.
CREATE TABLE erasures (
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL,
    with_events boolean NOT NULL, -- not only the free text of their events but the events as well
    requested_at timestamptz NOT NULL DEFAULT now(),
    counted jsonb, -- the events to go, a day, as they were counted before the first of them went
    done_at timestamptz,
    PRIMARY KEY (shop_id, buyer_no, with_events)
);
CREATE INDEX erasures_open ON erasures (requested_at) WHERE done_at IS NULL;
