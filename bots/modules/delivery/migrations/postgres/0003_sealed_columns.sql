-- What each sealed value is bound to: see core's script of the same name.
COMMENT ON COLUMN delivery_goods.sealed IS 'sealed: delivery_goods|{shop_id}|{product_id}';
COMMENT ON COLUMN delivery_keys.sealed IS 'sealed: delivery_keys|{shop_id}|{product_id}';
