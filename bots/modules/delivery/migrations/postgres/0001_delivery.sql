-- What comes by itself once it is paid. Of a variant, or (null) of the whole product.
CREATE TABLE delivery_goods ( -- the same for every buyer
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id bigint REFERENCES product_variants ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('file', 'link', 'text')),
    title text NOT NULL DEFAULT '',
    sealed bytea, -- of a link or a text, bound to delivery_goods|<shop_id>|<product_id>
    sha256 text, -- of a file
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'file') = (sha256 IS NOT NULL) AND (kind = 'file') = (sealed IS NULL))
);
CREATE INDEX delivery_goods_product ON delivery_goods (product_id);

CREATE TABLE delivery_keys ( -- each is one buyer's, for ever
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    product_id bigint NOT NULL REFERENCES products,
    variant_id bigint REFERENCES product_variants,
    sealed bytea NOT NULL, -- bound to delivery_keys|<shop_id>|<product_id>
    digest bytea NOT NULL, -- HMAC-SHA-256, by which one that is uploaded again is known
    order_id bigint REFERENCES orders,
    line smallint,
    issued_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((order_id IS NULL) = (line IS NULL) AND (order_id IS NULL) = (issued_at IS NULL)),
    UNIQUE (product_id, digest)
);
CREATE INDEX delivery_keys_free ON delivery_keys (product_id, id) WHERE order_id IS NULL;
CREATE INDEX delivery_keys_order ON delivery_keys (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE deliveries ( -- a paid order's digital lines
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line smallint NOT NULL,
    bot_id bigint NOT NULL REFERENCES bots,
    product_id bigint NOT NULL,
    variant_id bigint,
    quantity int NOT NULL,
    state text NOT NULL CHECK (state IN ('delivered', 'failed')),
    opened int NOT NULL DEFAULT 0, -- how often the shopper has opened it again
    created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX deliveries_failed ON deliveries (bot_id, order_id) WHERE state = 'failed';
