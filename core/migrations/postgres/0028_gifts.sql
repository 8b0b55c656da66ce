-- A line that came with the order and costs nothing, such as the gift of a promo code.
ALTER TABLE order_lines ADD COLUMN is_gift boolean NOT NULL DEFAULT false;
