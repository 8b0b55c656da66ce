-- The table holds the steps of orders that the intake knows, whoever sent them.
ALTER TABLE told_orders RENAME TO order_steps;
ALTER TABLE order_steps RENAME CONSTRAINT told_orders_pkey TO order_steps_pkey;
ALTER TABLE order_steps RENAME CONSTRAINT told_orders_shop_id_fkey TO order_steps_shop_id_fkey;
