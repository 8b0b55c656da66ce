-- What a shop sells: categories of any depth, products, and variants with a price and stock of their own.
CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    parent_id bigint,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 64),
    position int NOT NULL DEFAULT 0,
    is_hidden boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shop_id, id),
    FOREIGN KEY (shop_id, parent_id) REFERENCES categories (shop_id, id),
    CHECK (parent_id <> id)
);
CREATE INDEX categories_parent ON categories (shop_id, parent_id, position, id);

ALTER TABLE products
    DROP CONSTRAINT products_title_check, -- a card has more room than a bill, which is cut
    ADD CONSTRAINT products_title_check CHECK (length(title) BETWEEN 1 AND 128),
    DROP CONSTRAINT products_description_check,
    ADD CONSTRAINT products_description_check CHECK (length(description) <= 4096),
    ADD COLUMN kind text NOT NULL DEFAULT 'physical'
        CHECK (kind IN ('physical', 'digital', 'service')),
    ADD COLUMN category_id bigint,
    ADD COLUMN sku text CHECK (length(sku) BETWEEN 1 AND 64), -- the owner's own name for it
    ADD COLUMN cost_minor bigint CHECK (cost_minor >= 0), -- of one unit; null: not known
    ADD COLUMN is_hidden boolean NOT NULL DEFAULT false, -- bought by its link, and not listed
    ADD COLUMN on_sale_from timestamptz,
    ADD COLUMN on_sale_until timestamptz,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT products_of_shop UNIQUE (shop_id, id),
    ADD CONSTRAINT products_category FOREIGN KEY (shop_id, category_id)
        REFERENCES categories (shop_id, id),
    ADD CONSTRAINT products_sale_time CHECK (on_sale_from < on_sale_until);
CREATE UNIQUE INDEX products_sku ON products (shop_id, sku);
CREATE INDEX products_category ON products (shop_id, category_id, position, id) WHERE is_active;

CREATE TABLE product_variants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 64), -- "M, red"
    sku text CHECK (length(sku) BETWEEN 1 AND 64),
    price_minor bigint CHECK (price_minor > 0), -- null: the product's
    cost_minor bigint CHECK (cost_minor >= 0), -- null: the product's
    stock int CHECK (stock >= 0), -- null: unlimited
    position int NOT NULL DEFAULT 0,
    is_active boolean NOT NULL DEFAULT true,
    UNIQUE (product_id, id),
    UNIQUE (product_id, title)
);

-- An order is its lines and what was added to them or taken off, as they were when it was made.
ALTER TABLE orders
    DROP CONSTRAINT orders_status_check,
    ADD CONSTRAINT orders_status_check CHECK
        (status IN ('created', 'paid', 'held', 'cancelled', 'expired', 'refunded')),
    DROP CONSTRAINT orders_total_minor_check,
    ADD CONSTRAINT orders_total_minor_check CHECK (total_minor >= 0), -- nothing is left to pay
    ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    ADD COLUMN shipping_minor bigint NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0 CHECK (tax_minor >= 0), -- on top of the prices
    ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0 CHECK (tip_minor >= 0),
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    ADD COLUMN method text NOT NULL DEFAULT '', -- how it is to be paid
    ADD COLUMN stage text NOT NULL DEFAULT 'new' CHECK
        (stage IN ('new', 'processing', 'shipped', 'delivered')), -- of the goods, once paid
    ADD COLUMN payment_asked_at timestamptz, -- when somebody set out to pay it
    ADD COLUMN expires_at timestamptz, -- not paid by then, it is given up
    ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000), -- the staff's own
    ADD CONSTRAINT orders_refunded CHECK (refunded_minor <= total_minor);
CREATE INDEX orders_expiry ON orders (bot_id, expires_at) WHERE status = 'created';

ALTER TABLE order_lines
    ADD COLUMN variant_id bigint REFERENCES product_variants,
    ADD COLUMN variant_title text NOT NULL DEFAULT '',
    ADD COLUMN kind text NOT NULL DEFAULT 'physical',
    ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0, -- the line's share of the discounts
    ADD COLUMN cost_minor bigint, -- of all its units; null: not known
    ADD CONSTRAINT order_lines_discount CHECK
        (discount_minor BETWEEN 0 AND unit_price_minor * quantity);

CREATE TABLE order_adjustments (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    position smallint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('promo', 'referral', 'loyalty', 'shipping', 'tax', 'tip')),
    label text NOT NULL, -- as the shopper read it
    source text NOT NULL, -- the module's key
    reference text NOT NULL DEFAULT '', -- the module's own: a code's id, an option's
    amount_minor bigint NOT NULL, -- signed: a discount is below zero
    is_included boolean NOT NULL DEFAULT false, -- a tax inside the prices: told, not added
    PRIMARY KEY (order_id, position)
);

-- What a shopper wrote for this order: name, phone, address. Theirs, and erased with them.
CREATE TABLE order_details (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    position smallint NOT NULL,
    field text NOT NULL,
    label text NOT NULL,
    value text NOT NULL CHECK (length(value) <= 1000),
    PRIMARY KEY (order_id, position)
);

CREATE TABLE order_parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    carrier text NOT NULL DEFAULT '',
    tracking_number text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_parcels_order ON order_parcels (order_id);

-- Money that goes back, whole or in part; a payment's own row says `refunded` once all of it has.
ALTER TABLE payments
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN details jsonb NOT NULL DEFAULT '{}', -- of the provider: amounts and rates
    ADD CONSTRAINT payments_refunded CHECK (refunded_minor BETWEEN 0 AND amount_minor);
UPDATE payments SET refunded_minor = amount_minor WHERE status = 'refunded';
UPDATE orders AS o SET refunded_minor = total_minor WHERE status = 'refunded';

CREATE TABLE order_refunds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    payment_id bigint REFERENCES payments,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    goods_minor bigint NOT NULL CHECK (goods_minor >= 0),
    shipping_minor bigint NOT NULL CHECK (shipping_minor >= 0),
    tax_minor bigint NOT NULL CHECK (tax_minor >= 0),
    units int NOT NULL DEFAULT 0, -- that came back
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    asked_by text NOT NULL DEFAULT '', -- a staff member, or the panel's link
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'done', 'failed')),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    CHECK (goods_minor + shipping_minor + tax_minor <= amount_minor)
);
CREATE INDEX order_refunds_order ON order_refunds (order_id);
