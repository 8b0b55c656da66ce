-- The dearest orders of a status: of one that none has, the whole list would be walked through.
CREATE INDEX orders_status_total ON orders (shop_id, status, total_minor, id);
