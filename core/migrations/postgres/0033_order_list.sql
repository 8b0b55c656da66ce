-- The owner's list of orders: the newest of a shop by what they are, whom they are for, what is in them.
CREATE INDEX orders_shop ON orders (shop_id, id);
CREATE INDEX orders_bot ON orders (shop_id, bot_id, id);
CREATE INDEX orders_created ON orders (shop_id, created_at);
CREATE INDEX orders_status ON orders (shop_id, status, id);
CREATE INDEX orders_attention ON orders (shop_id, id) WHERE attention IS NOT NULL;
DROP INDEX orders_buyer;
CREATE INDEX orders_buyer ON orders (shop_id, buyer_no, id);

-- As customers.plain_names.
ALTER TABLE order_lines ADD COLUMN plain_title text NOT NULL GENERATED ALWAYS AS (
    latin_letters(plain_words(' ' || title || ' '))
) STORED;
CREATE INDEX order_lines_titles ON order_lines USING gin (plain_title public.gin_trgm_ops);
