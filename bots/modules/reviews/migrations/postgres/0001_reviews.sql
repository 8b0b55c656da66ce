-- What buyers think of what they bought: one review of each line of an order.
CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    bot_id bigint NOT NULL REFERENCES bots,
    order_id bigint NOT NULL REFERENCES orders,
    line smallint NOT NULL,
    product_id bigint NOT NULL REFERENCES products,
    buyer_no bigint NOT NULL, -- 0: erased
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 1000),
    file_id text NOT NULL DEFAULT '', -- the picture, at Telegram
    sha256 bytea, -- the picture, once it is fetched
    state text NOT NULL DEFAULT 'shown' CHECK (state IN ('waiting', 'shown', 'hidden')),
    moderated_by text NOT NULL DEFAULT '',
    answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 1000), -- the shop's
    answered_at timestamptz,
    version int NOT NULL DEFAULT 1, -- counts the shopper's changes
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (order_id, line)
);
CREATE INDEX reviews_product ON reviews (product_id, id) WHERE state = 'shown';
CREATE INDEX reviews_waiting ON reviews (bot_id, id) WHERE state = 'waiting';
CREATE INDEX reviews_bot ON reviews (bot_id, id);
CREATE INDEX reviews_buyer ON reviews (shop_id, buyer_no);
