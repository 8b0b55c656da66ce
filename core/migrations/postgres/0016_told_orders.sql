-- What the intake was told of each order, by events or an import: each of these once, for ever. The
-- order's number is `external_numbers.number`.
CREATE TABLE told_orders (
    shop_id int NOT NULL REFERENCES shops,
    order_id bigint NOT NULL,
    event text NOT NULL,
    occurred_at timestamptz NOT NULL,
    is_imported boolean NOT NULL DEFAULT false,
    -- What was paid, by which a refund without parts is split.
    amount_minor bigint NOT NULL DEFAULT 0,
    tax_minor bigint NOT NULL DEFAULT 0,
    shipping_minor bigint NOT NULL DEFAULT 0,
    tip_minor bigint NOT NULL DEFAULT 0,
    currency text NOT NULL DEFAULT '',
    PRIMARY KEY (shop_id, order_id, event)
);
