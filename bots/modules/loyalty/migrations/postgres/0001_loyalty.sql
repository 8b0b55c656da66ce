-- Points as they came: of an order, or by the owner's decision, which may take some away. What is
-- left of them is computed: of an order whose money went back there are none, of a part less.
CREATE TABLE loyalty_lots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    buyer_no bigint NOT NULL, -- 0: erased
    order_id bigint REFERENCES orders ON DELETE CASCADE,
    natural_key text NOT NULL, -- the cause: it brings points once
    points bigint NOT NULL CHECK (points <> 0),
    reason text NOT NULL DEFAULT '',
    made_by text NOT NULL DEFAULT '', -- whose decision it was
    usable_at timestamptz NOT NULL,
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (shop_id, natural_key),
    CHECK (order_id IS NULL OR points > 0),
    CHECK (usable_at < expires_at)
);
CREATE INDEX loyalty_lots_buyer ON loyalty_lots (shop_id, buyer_no, id);
CREATE INDEX loyalty_lots_newest ON loyalty_lots (shop_id, id);
CREATE INDEX loyalty_lots_order ON loyalty_lots (order_id);

-- Which points an order was made with. Whether they are held, spent or free again is the order's
-- status.
CREATE TABLE loyalty_spends (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    lot_id bigint NOT NULL REFERENCES loyalty_lots ON DELETE CASCADE,
    points bigint NOT NULL CHECK (points > 0),
    PRIMARY KEY (order_id, lot_id)
);
CREATE INDEX loyalty_spends_lot ON loyalty_spends (lot_id);

-- Who wants to pay with points in their next order.
CREATE TABLE loyalty_choices (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    chosen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
