-- Shops that a bot has left, and when: what it sent until then is of people of that shop.
CREATE TABLE bot_former_shops (
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE,
    shop_id int NOT NULL REFERENCES shops,
    left_at timestamptz NOT NULL, -- the last time
    PRIMARY KEY (bot_id, shop_id)
);
CREATE INDEX bot_former_shops_by_shop ON bot_former_shops (shop_id);

-- When it left before this version is not known.
INSERT INTO bot_former_shops (bot_id, shop_id, left_at)
SELECT DISTINCT o.bot_id, o.shop_id, now()
FROM orders AS o JOIN bots AS b ON b.id = o.bot_id WHERE o.shop_id <> b.shop_id;
