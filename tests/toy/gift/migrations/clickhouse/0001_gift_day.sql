CREATE TABLE IF NOT EXISTS gift_day (shop_id UInt32, day Date, gifts UInt64)
ENGINE = MergeTree ORDER BY (shop_id, day);
