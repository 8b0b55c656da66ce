-- Who wants to be told when something is back; variant_id 0: any of the product.
CREATE TABLE stock_waits (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id bigint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, product_id, variant_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX stock_waits_buyer ON stock_waits (shop_id, buyer_no);

-- Of what the owner was told that little is left; told again once there was more in between.
CREATE TABLE low_stock_notices (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id bigint NOT NULL DEFAULT 0,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (bot_id, product_id, variant_id)
);
