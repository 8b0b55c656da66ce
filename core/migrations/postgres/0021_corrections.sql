-- Which orders an import brought, what it said of them, and where their events stand in the outbox's
-- numbering: what is said otherwise later takes their place. Of imports before this table only
-- `told_orders` knows.
CREATE TABLE imported_orders (
    shop_id int NOT NULL REFERENCES shops,
    order_id bigint NOT NULL,
    content uuid NOT NULL, -- a digest
    first_pos bigint NOT NULL,
    last_pos bigint NOT NULL,
    PRIMARY KEY (shop_id, order_id)
);

-- Orders whose imported events are to go from ClickHouse, for an import brought others.
CREATE TABLE order_corrections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    order_id bigint NOT NULL,
    first_pos bigint NOT NULL, -- 0: whatever an import brought up to last_pos
    last_pos bigint NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    going jsonb, -- the events to go, noted before the first of them went
    done_at timestamptz
);
CREATE INDEX order_corrections_open ON order_corrections (id) WHERE done_at IS NULL;
