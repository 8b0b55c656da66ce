-- The intake: events and past orders of shops that run their own code.

-- Who may write for a shop. The key itself is shown once.
CREATE TABLE write_keys (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shop_id int NOT NULL REFERENCES shops,
    label text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
    key_digest bytea NOT NULL UNIQUE, -- SHA-256
    key_tail text NOT NULL CHECK (length(key_tail) = 4), -- to tell one from another
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz, -- to a minute or so
    revoked_at timestamptz
);
CREATE INDEX write_keys_shop ON write_keys (shop_id);

-- Events that were taken, by the caller's id for them: a retry stops here. An event is refused when
-- it is older than a row is kept (`ingestion.retention`), so it can never come a second time unseen.
CREATE TABLE intake_events (
    shop_id int NOT NULL,
    digest uuid NOT NULL, -- of the caller's id: 128 bits of BLAKE2b
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shop_id, digest)
);
CREATE INDEX intake_events_received ON intake_events USING brin (received_at);

-- A shopper may be known by the id that the shop's own code has for them, and by no Telegram id.
ALTER TABLE customers
    ALTER COLUMN telegram_id DROP NOT NULL,
    ADD COLUMN external_id text CHECK (length(external_id) BETWEEN 1 AND 64),
    ADD UNIQUE (shop_id, external_id),
    ADD CHECK ((telegram_id IS NULL) <> (external_id IS NULL));

-- The shop's own names for orders, products and variants, as the numbers that events carry. They
-- are of the sequences of `orders` and `products`: one shop's hosted and external ones never meet.
CREATE TABLE external_numbers (
    shop_id int NOT NULL REFERENCES shops,
    kind text NOT NULL CHECK (kind IN ('order', 'product', 'variant')),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    number bigint NOT NULL,
    PRIMARY KEY (shop_id, kind, name)
);
