-- A shop's codes. Two that look the same, such as TEA in Latin and in Cyrillic letters, have one
-- `code_key` and are one code.
CREATE TABLE promo_codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    code text NOT NULL CHECK (length(code) BETWEEN 2 AND 32),
    code_key text NOT NULL CHECK (code_key <> ''),
    kind text NOT NULL CHECK (kind IN ('percent', 'amount', 'goods', 'shipping')),
    share_bp int CHECK (share_bp BETWEEN 1 AND 10000),
    amount_minor bigint CHECK (amount_minor > 0),
    currency text, -- of amount and minimum; of a code with neither null: any
    gift_product_id bigint,
    gift_variant_id bigint,
    most_uses int CHECK (most_uses > 0), -- null: without a limit
    most_per_buyer int CHECK (most_per_buyer > 0),
    first_order_only boolean NOT NULL DEFAULT false,
    buyer_no bigint, -- whose it is; null: everybody's
    starts_at timestamptz,
    ends_at timestamptz,
    least_minor bigint CHECK (least_minor > 0),
    product_ids bigint[] NOT NULL DEFAULT '{}', -- with the categories: none, all
    category_ids bigint[] NOT NULL DEFAULT '{}',
    is_together boolean NOT NULL DEFAULT false,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 200), -- the owner's own
    is_active boolean NOT NULL DEFAULT true,
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shop_id, code_key),
    FOREIGN KEY (shop_id, gift_product_id) REFERENCES products (shop_id, id),
    FOREIGN KEY (gift_product_id, gift_variant_id) REFERENCES product_variants (product_id, id),
    CHECK ((kind = 'percent') = (share_bp IS NOT NULL)),
    CHECK ((kind = 'amount') = (amount_minor IS NOT NULL)),
    CHECK ((kind = 'goods') = (gift_product_id IS NOT NULL)),
    CHECK (coalesce(amount_minor, least_minor) IS NULL OR currency IS NOT NULL),
    CHECK (starts_at < ends_at)
);
CREATE INDEX promo_codes_newest ON promo_codes (shop_id, id);

-- Which orders were made with a code. Whether it is held, used or free again is the order's status.
CREATE TABLE promo_uses (
    promo_id bigint NOT NULL REFERENCES promo_codes,
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    discount_minor bigint NOT NULL CHECK (discount_minor >= 0), -- of the goods
    PRIMARY KEY (promo_id, order_id)
);
CREATE INDEX promo_uses_order ON promo_uses (order_id);

-- What a shopper has entered for their next order.
CREATE TABLE promo_entered (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    promo_id bigint NOT NULL REFERENCES promo_codes ON DELETE CASCADE,
    entered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (shop_id, buyer_no, promo_id),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);

-- Wrong codes of the last minutes, and until when a shopper may enter none.
CREATE TABLE promo_guesses (
    shop_id int NOT NULL,
    buyer_no bigint NOT NULL,
    wrong_at timestamptz[] NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (shop_id, buyer_no),
    FOREIGN KEY (shop_id, buyer_no) REFERENCES customers ON DELETE CASCADE
);
