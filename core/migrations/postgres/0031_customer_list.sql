-- The owner's list of customers: the newest, or who bought last, by filters and words.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

-- The last sale to a customer. Each update of a shopper changes `last_seen_at`, so no index has it:
-- PostgreSQL would then have to enter every new version of the row in all of them.
ALTER TABLE customers ADD COLUMN last_bought_at timestamptz;

UPDATE customers AS c SET last_bought_at = sold.at
FROM (
    SELECT shop_id, buyer_no, max(paid_at) AS at FROM orders
    WHERE paid_at IS NOT NULL GROUP BY shop_id, buyer_no
) AS sold
WHERE (c.shop_id, c.buyer_no) = (sold.shop_id, sold.buyer_no);

CREATE INDEX customers_bought ON customers (shop_id, last_bought_at, buyer_no)
    WHERE last_bought_at IS NOT NULL;
CREATE INDEX customers_source ON customers (shop_id, first_source_id, buyer_no);
CREATE INDEX customers_language ON customers (shop_id, language, buyer_no);
CREATE INDEX customers_blocked ON customers (shop_id, buyer_no) WHERE blocked_at IS NOT NULL;

-- Names as they are looked for: between spaces, so that a short one is found as a whole word, and in
-- Latin letters, as an index of trigrams knows no others in a database whose locale is C.
ALTER TABLE customers ADD COLUMN plain_names text NOT NULL GENERATED ALWAYS AS (
    latin_letters(plain_words(' ' || first_name || ' ' || coalesce(username, '') || ' '))
) STORED;
CREATE INDEX customers_names ON customers USING gin (plain_names public.gin_trgm_ops);
