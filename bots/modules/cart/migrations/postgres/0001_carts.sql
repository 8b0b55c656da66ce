-- What a shopper has put into a shop's cart, in whichever of its bots; of one currency, that of its
-- oldest line.
CREATE TABLE carts (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    bot_id bigint NOT NULL REFERENCES bots ON DELETE CASCADE, -- where it was changed last
    changed_at timestamptz NOT NULL DEFAULT now(),
    reminded_at timestamptz, -- since it was changed last
    is_quiet boolean NOT NULL DEFAULT false, -- the shopper wants no reminders
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX carts_left ON carts (bot_id, changed_at, buyer_no);

CREATE TABLE cart_lines (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id bigint REFERENCES product_variants ON DELETE CASCADE,
    title text NOT NULL, -- as it was, to say what is no longer on sale
    quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE NULLS NOT DISTINCT (shop_id, buyer_no, product_id, variant_id),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES carts ON DELETE CASCADE
);

-- What a shopper is buying now: the cart, or one product at once.
CREATE TABLE checkouts (
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    product_id bigint REFERENCES products ON DELETE CASCADE, -- null: the cart
    variant_id bigint REFERENCES product_variants ON DELETE CASCADE,
    shipping text NOT NULL DEFAULT '',
    answers jsonb NOT NULL DEFAULT '{}', -- by field: name, phone, address
    shown jsonb, -- the bill as the shopper saw it last
    order_id bigint REFERENCES orders ON DELETE SET NULL, -- that was made of it last
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- What they answered last time, for the next order.
CREATE TABLE cart_contacts (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    answers jsonb NOT NULL,
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- Orders that were made of a cart: once paid, what they hold leaves it.
CREATE TABLE cart_orders (
    order_id bigint PRIMARY KEY REFERENCES orders ON DELETE CASCADE
);
