-- For `vitrina keys rotate`: what is known again by which digest, made with the newest key.
COMMENT ON COLUMN delivery_keys.digest IS 'digest of sealed: delivery_keys|{shop_id}|{product_id}';
