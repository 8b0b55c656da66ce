-- The dearest orders of a shop first; many have the same total.
CREATE INDEX orders_total ON orders (shop_id, total_minor, id);
